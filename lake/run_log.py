"""The log of a run: one plain text file that tells what was loaded, how long each step took, and how it ended.

It lies in the folder of Spark's and dbt's logs. No run fails for it: what cannot be written is left out.
"""

import re
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from lake.terminal import printable

FOLDER = "runs"
# A run every hour for a week, and some; each is some kilobytes.
KEPT_LOGS = 200
LONGEST_NAME = 150
UNFIT = re.compile(r"[^A-Za-z0-9._+-]|^\.+")


class RunLog:
    """The log of one run; `echo` hears each line, too."""

    def __init__(self, logs: Path, run_id: str, echo: Callable[[str], None] = lambda _: None) -> None:
        # The identity may come from an orchestrator, with whatever in it.
        self.file = logs / FOLDER / f"{UNFIT.sub('_', run_id)[:LONGEST_NAME]}.log"
        self._echo = echo
        self._began = time.monotonic()
        self._out: TextIO | None = None
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            _forget_oldest(self.file.parent)
            self._out = self.file.open("a", encoding="utf-8", errors="backslashreplace")

    def say(self, text: str) -> None:
        """A step with the seconds since the run began."""
        line = f"{time.monotonic() - self._began:9.1f} s  {printable(text)}"
        self._write(line)
        self._echo(line)

    def head(self, **facts: object) -> None:
        """What the run is, a line each."""
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        self._write(
            "\n".join(f"{name:<9} {printable(str(value))}" for name, value in {**facts, "started": moment}.items())
        )

    def tail(self, text: str) -> None:
        """Text as it is, such as the run's account."""
        self._write(text.rstrip())

    def failed(self, error: BaseException) -> None:
        """Why the run failed, with the traceback and all that led to it."""
        self.say(f"FAILED: {error}")
        self._write("".join(traceback.format_exception(error)).rstrip())

    def close(self) -> None:
        """Nothing more is to be said."""
        if self._out is not None:
            with suppress(OSError):
                self._out.close()
            self._out = None

    def _write(self, text: str) -> None:
        if self._out is None:
            return
        try:
            self._out.write(f"{text}\n")
            self._out.flush()
        except OSError:
            # Java's part of the run meets the same disk and names it.
            self.close()


def _forget_oldest(folder: Path) -> None:
    """Leave room for one more log; the newest stay."""
    logs = sorted(folder.glob("*.log"), key=lambda log: log.stat().st_mtime, reverse=True)
    for log in logs[KEPT_LOGS - 1 :]:
        log.unlink(missing_ok=True)
