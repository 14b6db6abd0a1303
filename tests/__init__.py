"""The tests of the lakehouse."""
