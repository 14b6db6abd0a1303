"""The errors a user can meet, each with its exit code; the tree is drawn here once."""


class LakeError(Exception):
    """A run failed (exit 1). The message names the cause and the way out."""

    exit_code = 1


class UsageError(LakeError):
    """The command was called wrongly (exit 2)."""

    exit_code = 2


class LakeBusyError(LakeError):
    """Another run holds the lake (exit 3)."""

    exit_code = 3


class UnbalancedError(LakeError):
    """Rows or grams are unaccounted for (exit 1)."""
