"""Real processes that end in the middle of their work, and what the next run makes of the lake that they left."""
