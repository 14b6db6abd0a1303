"""dbt is loaded, and reads the project, beside Java's start: Python for which a run would wait."""

import threading
from contextlib import suppress

from lake.settings import Settings


def begin(settings: Settings) -> threading.Thread:
    """The thread that does it, to be joined before dbt builds: dbt does one thing at a time."""
    reading = threading.Thread(target=_read, args=(settings,), daemon=True)
    reading.start()
    return reading


def _read(settings: Settings) -> None:
    # What is wrong with the project, the build says.
    with suppress(Exception):
        from lake.transforms import invoke

        invoke(None, settings, ["--log-level", "none", "--no-write-json", "parse"])
