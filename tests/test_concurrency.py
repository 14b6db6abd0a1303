"""Several processes at one lake: a second writer, readers during a run, an owner that is killed."""

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from lake.lock import LOCK_FILE
from lake.settings import REPOSITORY
from lake.tables import table_version
from tests.conftest import TestLake
from tests.crashes.processes import until
from tests.histories.comparing import assert_equal_to_reference
from tests.histories.content import delivery
from tests.reference.history import ReferenceLake

LAKE = [str(REPOSITORY / ".venv" / "bin" / "lake")]
DBT = [str(REPOSITORY / ".venv" / "bin" / "python"), "-m", "lake.dbt_cli"]
# Long enough for a loaded machine; what is waited for comes much earlier.
DEADLINE_SECONDS = 300
SECOND_WRITERS = [
    [*LAKE, "run"],
    [*LAKE, "ingest"],
    [*LAKE, "build", "--layer", "gold"],
    [*LAKE, "withdraw", "0.csv"],
    [*LAKE, "verify"],
    [*LAKE, "maintain"],
    [*LAKE, "sql", "with gone as (select 1) delete from silver.emissions"],
    [*DBT, "--log-level", "none", "build"],
    [*DBT, "seed", "--full-refresh"],
    [*DBT, "run-operation", "memo"],
    [*DBT, "show", "--inline", "delete from silver.emissions"],
]


class Doors:
    """A lake that other processes write and this one reads, with its reference."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "LAKE_URI": str(folder / "lake"),
            "LANDING_URI": str(folder / "landing"),
        }
        self.reference = ReferenceLake()
        self.lake = TestLake(folder, register=False)

    def deliver(self, number: int) -> None:
        """Land a delivery, for the lake and the reference."""
        content = delivery(Random(number), gz=False)
        self.lake.put(f"{number}.csv", content)
        self.reference.put(f"{number}.csv", content)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A process that goes on by itself; who starts it waits for it."""
        return subprocess.Popen(words, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def call(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """What a process prints and returns."""
        return subprocess.run(
            words,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_SECONDS,
        )

    def is_held_by(self, owner: subprocess.Popen[str]) -> bool:
        """Whether a process holds the lake, as the lock file says; trying the lock could get in the owner's way."""
        return f'"pid": {owner.pid},' in (self.folder / "lake" / LOCK_FILE).read_text()

    def is_free(self) -> bool:
        """Whether nobody holds the lake; only where nobody is about to take it."""
        with (self.folder / "lake" / LOCK_FILE).open() as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def version(self, table: str) -> int:
        """The newest version of a table."""
        return table_version(self.folder / "lake", table)

    def assert_as_delivered(self) -> None:
        """The lake equals the reference that took in all that was delivered."""
        self.reference.ingest(datetime.now(UTC).date())
        assert_equal_to_reference(self.lake, self.reference)


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """A lake after its first run, which the tests of this module go on with."""
    folder = tmp_path_factory.mktemp("doors")
    made = Doors(folder)
    made.deliver(0)
    ran = made.call(*LAKE, "run")
    assert ran.returncode == 0, ran.stderr
    made.lake = TestLake(folder)
    made.assert_as_delivered()
    yield made
    made.lake.close()


def wait_for(what: Callable[[], bool], owner: subprocess.Popen[str] | None = None) -> None:
    """Wait until something is so, while a process lives where one is given, no longer than the deadline."""

    def is_so() -> bool:
        assert owner is None or owner.poll() is None, f"ended early: {owner.communicate()}"
        return what()

    until(is_so, DEADLINE_SECONDS)


@contextmanager
def stopped(process: subprocess.Popen[str]) -> Iterator[None]:
    """A process that stands still meanwhile, so that nothing hangs on how fast it is."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def content_of(lake: TestLake, table: str, version: int | None = None) -> tuple[int, int]:
    """Row count and a digest of all rows of a table, as it is or as a version left it."""
    source = table if version is None else f"{table} version as of {version}"
    row = lake.spark.sql(f"select count(*), coalesce(bit_xor(xxhash64(to_json(struct(*)))), 0) from {source}").collect()
    return row[0][0], row[0][1]


def read_until_it_ends(doors: Doors, writer: subprocess.Popen[str]) -> dict[str, set[tuple[int, int]]]:
    """All answers that a reader gets of each silver and gold table while a process writes."""
    tables = [table for table in doors.lake.versions() if table.startswith(("silver.", "gold."))]
    answers: dict[str, set[tuple[int, int]]] = {table: set() for table in tables}
    while writer.poll() is None:
        for table in tables:
            answers[table].add(content_of(doors.lake, table))
            # Two cores are the writer's too.
            time.sleep(0.5)
    return answers


def assert_whole_versions(doors: Doors, answers: dict[str, set[tuple[int, int]]]) -> None:
    for table, seen in answers.items():
        committed = {content_of(doors.lake, table, version) for version in range(doors.version(table) + 1)}
        assert seen <= committed, f"{table}: a reader saw what no version holds"


def test_second_writers_end_with_3_and_readers_see_whole_versions(doors: Doors) -> None:
    doors.deliver(1)
    owner = doors.start(*LAKE, "run")
    wait_for(lambda: doors.is_held_by(owner), owner)
    with stopped(owner):
        for words in SECOND_WRITERS:
            # Without Java nothing of Spark could start: the answer comes before.
            ended = doors.call(*words, JAVA_HOME=str(doors.folder))
            assert ended.returncode == 3, (words, ended.stderr)
            assert f"lake run, process {owner.pid} on " in ended.stderr, words
            assert len(ended.stderr.strip().splitlines()) == 1, words
        landed = doors.call(*LAKE, "land", str(doors.folder / "landing" / "1.csv"), "--as", "later/2.txt.csv")
        assert landed.returncode == 0, "landing is no part of the lake: it needs no lock"
        (doors.folder / "landing" / "later" / "2.txt.csv").unlink()
    answers = read_until_it_ends(doors, owner)
    assert owner.wait(DEADLINE_SECONDS) == 0, owner.communicate()
    assert_whole_versions(doors, answers)
    doors.assert_as_delivered()


@pytest.mark.long
def test_a_killed_owner_s_lake_is_taken_over_at_once_and_other_readers_see_whole_versions(doors: Doors) -> None:
    killed = doors.start(*LAKE, "run", "--full-refresh")
    version = doors.version("silver.emissions")
    wait_for(lambda: doors.version("silver.emissions") > version, killed)
    killed.kill()
    killed.wait(DEADLINE_SECONDS)
    doors.deliver(2)
    # Java ends by itself when its Python is gone, and holds the lock until then.
    wait_for(doors.is_free)
    healing = doors.start(*LAKE, "run", "--json")
    question = "select count(*) as n from silver.emissions"
    asked = doors.call(*LAKE, "sql", "--json", question)
    shell = doors.call(str(REPOSITORY / "scripts" / "spark-sql"), "-e", question)
    said, complaint = healing.communicate(timeout=DEADLINE_SECONDS)
    assert healing.returncode == 0, complaint
    assert json.loads(said)["conservation"]["balanced"]
    assert (asked.returncode, shell.returncode) == (0, 0), (asked.stderr, shell.stderr)
    versions = range(doors.version("silver.emissions") + 1)
    counts = {content_of(doors.lake, "silver.emissions", version)[0] for version in versions}
    assert {json.loads(asked.stdout)[0]["n"], int(shell.stdout)} <= counts
    doors.assert_as_delivered()
