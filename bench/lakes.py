"""Our lake as its users drive it: places, the environment, the commands; and copies of a lake for equal repeats."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measuring import REPOSITORY, FailedError, Measurement, measure_command
from bench.s3_store import Store

OURS = "emissions lakehouse"
OURS_ON_S3 = "emissions lakehouse, S3"
LAKE = str(Path(sys.executable).parent / "lake")
# A landed file is trusted by its times only where it rested two seconds (RACY_NANOSECONDS in bronze/ingest.py); a bench
# that lands and runs at once would have every later run read it again, which users' deliveries do not.
REST_SECONDS = 2.5


@dataclass(frozen=True)
class Place:
    """A lake, its landing area, and where the output of its commands goes; with a store, folders that it serves."""

    lake: Path
    landing: Path
    log: Path
    store: Store | None = None

    @property
    def engine(self) -> str:
        """What the table calls us here."""
        return OURS_ON_S3 if self.store else OURS

    @property
    def lake_uri(self) -> str:
        """The address of the lake."""
        return f"s3a://{self.store.place(self.lake)}" if self.store else str(self.lake)

    @property
    def landing_uri(self) -> str:
        """The address of the landing area."""
        return f"s3://{self.store.place(self.landing)}" if self.store else str(self.landing)

    def environment(self) -> dict[str, str]:
        """The variables through which a command finds it; this checkout's code is the one that runs."""
        return {
            **os.environ,
            **(self.store.environment() if self.store else {}),
            "LAKE_URI": self.lake_uri,
            "LANDING_URI": self.landing_uri,
            "PYTHONPATH": str(REPOSITORY),
        }

    def measured(self, *words: str, **variables: str) -> Measurement:
        """Measure `lake WORDS` in a cold process, with these variables in its environment.

        Raises:
            FailedError: it did not end with 0.
        """
        self.lake.mkdir(parents=True, exist_ok=True)
        return measure_command([LAKE, *words], self.lake, {**self.environment(), **variables}, self.log)

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
        with self._at_rest():
            fresh_copy(built, self.lake)

    def moved_to(self, built: Path) -> None:
        """Move the lake away."""
        with self._at_rest():
            self.lake.rename(built)

    def removed(self) -> None:
        """Remove the lake, if there is one."""
        with self._at_rest():
            shutil.rmtree(self.lake, ignore_errors=True)

    def land(self, files: tuple[Path, ...], folder: str = "") -> None:
        """Put files into the landing area, and let them rest until the lake trusts their times."""
        place = self.landing / folder
        for file in files:
            if self.store:
                self.store.upload(file, place / file.name)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place / f".{file.name}")
                (place / f".{file.name}").replace(place / file.name)
        time.sleep(REST_SECONDS)

    def unland(self, folder: str) -> None:
        """Take a folder of the landing area away."""
        if self.store:
            self.store.remove(self.landing / folder)
        else:
            shutil.rmtree(self.landing / folder)

    def _at_rest(self) -> AbstractContextManager[None]:
        return self.store.at_rest() if self.store else nullcontext()


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
