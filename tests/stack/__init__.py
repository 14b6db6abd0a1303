"""The whole stack in containers, as a user starts it (scripts/test-stack)."""
