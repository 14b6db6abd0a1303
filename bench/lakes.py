"""Our lake as its users drive it: folders, the environment, the commands; and copies of a lake for equal repeats."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measuring import REPOSITORY, FailedError, Measurement, measure_command

LAKE = str(Path(sys.executable).parent / "lake")
# A landed file is trusted by its times only where it rested two seconds (RACY_NANOSECONDS in bronze/ingest.py); a bench
# that lands and runs at once would have every later run read it again, which users' deliveries do not.
REST_SECONDS = 2.5


@dataclass(frozen=True)
class Place:
    """A lake, its landing area, and where the output of its commands goes."""

    lake: Path
    landing: Path
    log: Path

    def environment(self) -> dict[str, str]:
        """The variables through which a command finds it; this checkout's code is the one that runs."""
        return {
            **os.environ,
            "LAKE_URI": str(self.lake),
            "LANDING_URI": str(self.landing),
            "PYTHONPATH": str(REPOSITORY),
        }

    def measured(self, *words: str) -> Measurement:
        """Measure `lake WORDS` in a cold process.

        Raises:
            FailedError: it did not end with 0.
        """
        self.lake.mkdir(parents=True, exist_ok=True)
        return measure_command([LAKE, *words], self.lake, self.environment(), self.log)

    def rows(self, *queries: str) -> list[Any]:
        """What `lake sql --json` answers: for several queries an array of each one's rows.

        Raises:
            FailedError: it did not end with 0.
        """
        command = [LAKE, "sql", "--json", *queries]
        ended = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment(), capture_output=True, text=True, check=False
        )
        if ended.returncode:
            msg = f"lake sql failed: {ended.stderr.strip()}"
            raise FailedError(msg)
        answer: list[Any] = json.loads(ended.stdout)
        return answer

    def copied_from(self, built: Path) -> None:
        """Make the lake a fresh copy of another."""
        fresh_copy(built, self.lake)

    def land(self, files: tuple[Path, ...], folder: str = "") -> None:
        """Put files into the landing area, and let them rest until the lake trusts their times."""
        place = self.landing / folder
        place.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, place / f".{file.name}")
            (place / f".{file.name}").replace(place / file.name)
        time.sleep(REST_SECONDS)

    def unland(self, folder: str) -> None:
        """Take a folder of the landing area away."""
        shutil.rmtree(self.landing / folder)


def fresh_copy(source: Path, target: Path) -> None:
    """Make `target` a copy of the folder `source`, file times included, by which Delta dates its commits.

    A real copy: links would not do, since Hadoop writes some small files in place.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def has_verb(verb: str) -> bool:
    """Whether the lake command has a verb."""
    ended = subprocess.run([LAKE, verb, "--help"], cwd=REPOSITORY, capture_output=True, check=False)
    return ended.returncode == 0
