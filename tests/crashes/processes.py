"""Victims as processes: started in a group of their own, waited for, and surely gone afterwards."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lake.settings import REPOSITORY, Settings
from tests.crashes.trigger import Trigger

# A cold run of a tiny lake takes half a minute of a core of its own; these machines are shared.
SECONDS_FOR_A_RUN = 900
SECONDS_TO_BE_GONE = 60
# Starts and warms up faster, and two of them fit beside the tests' own session.
SMALL_JAVA = {
    "LAKE_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "SPARK_DRIVER_MEMORY": "1g",
    "SPARK_MASTER": "local[1]",
}


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def was_killed(self) -> bool:
        """Whether it died of SIGKILL and not by itself."""
        return self.code == -signal.SIGKILL


class Victim:
    """A real command on a lake, leader of its own process group as a shell would make it."""

    def __init__(self, settings: Settings, command: list[str], said_in: Path | None = None) -> None:
        said = said_in or settings.lake_path.parent
        self._out, self._err = said / "said.out", said / "said.err"
        variables = {
            **os.environ,
            **SMALL_JAVA,
            "LAKE_URI": str(settings.lake_path),
            "LANDING_URI": str(settings.landing_path),
            "PYTHONPATH": str(REPOSITORY),
        }
        # The session of the tests has put its own there.
        for name in ("SPARK_CONF_DIR", "LAKE_LOG", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT", "SPARK_HOME"):
            variables.pop(name, None)
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                command, cwd=REPOSITORY, env=variables, stdout=out, stderr=err, process_group=0
            )
        self.group = self._process.pid

    def wait(self) -> Ended:
        """How it ended by itself; whatever is still there after the longest wait is killed."""
        try:
            code = self._process.wait(SECONDS_FOR_A_RUN)
        finally:
            if self._process.poll() is None:
                os.killpg(self.group, signal.SIGKILL)
                self._process.wait()
        return Ended(code, self._out.read_text(errors="replace"), self._err.read_text(errors="replace"))

    def has_ended(self) -> bool:
        """Whether it is through."""
        return self._process.poll() is not None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, as a terminal does."""
        os.killpg(self.group, number)

    def wait_until_gone(self) -> None:
        """Wait until no process of the group is left, Java included."""
        until(lambda: not members(self.group), SECONDS_TO_BE_GONE)


def victim(settings: Settings, trigger: Trigger, words: tuple[str, ...], said_in: Path | None = None) -> Victim:
    """Start a command that is going to be killed."""
    launcher = [sys.executable, "-m", "tests.crashes.victim", trigger.to_json()]
    return Victim(settings, [*launcher, *words], said_in)


def lake_command(*words: str) -> list[str]:
    """The `lake` command as its users start it."""
    return [str(Path(sys.executable).parent / "lake"), *words]


def members(group: int) -> list[int]:
    """The living processes of a group, by the kernel's own listing."""
    living = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                threads = len(list((entry / "task").iterdir()))
                state, _, its_group = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            # A process whose first thread is gone lives on, and holds what it holds, until its last one is.
            has_threads = state not in "ZX" or threads > 1
            if int(its_group) == group and has_threads:
                living.append(int(entry.name))
    return living


def until(is_so: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition; TimeoutError where it does not come about in time."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            msg = f"not within {seconds} seconds"
            raise TimeoutError(msg)
        time.sleep(0.02)
