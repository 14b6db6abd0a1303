"""What concerns the lake as a whole: settings, session, lock, runs, the command line."""
