"""Delivered text on a terminal: it must neither command it nor fill it."""

# A cell of this length can be read; --json gives every value whole.
LONGEST_CELL = 1_000
LISTED_NAMES = 20


def printable(text: str) -> str:
    """The text with each character that a terminal could take for a command, or not show, as its escape."""
    return "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in text)


def shortened(text: str) -> str:
    """The printable text, and how long it is where it is too long to be shown."""
    if len(text) <= LONGEST_CELL:
        return printable(text)
    return f"{printable(text[:LONGEST_CELL])}… ({len(text):,} characters, --json shows all)"


def listed(names: list[str]) -> str:
    """The first of many names, printable, and how many more there are."""
    shown = [shortened(name) or '""' for name in names[:LISTED_NAMES]]
    more = [f"and {len(names) - LISTED_NAMES:,} more"] if len(names) > LISTED_NAMES else []
    return ", ".join(shown + more)
