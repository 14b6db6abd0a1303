"""dbt is loaded, and reads the project, beside Java's start: Python for which a run would wait."""

import threading
from contextlib import suppress

from lake.settings import Settings

_reading: threading.Thread | None = None


def begin(settings: Settings) -> None:
    """Let a thread begin, for the one build of this process."""
    global _reading  # noqa: PLW0603 - a process reads ahead once
    _reading = threading.Thread(target=_read, args=(settings,), daemon=True)
    _reading.start()


def wait() -> None:
    """Return when the thread has ended, where there was one: dbt does one thing at a time."""
    if _reading is not None:
        _reading.join()


def _read(settings: Settings) -> None:
    # What is wrong with the project, the build says.
    with suppress(Exception):
        from lake.transforms import invoke

        invoke(None, settings, ["--log-level", "none", "--no-write-json", "parse"])
