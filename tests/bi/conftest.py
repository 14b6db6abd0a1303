"""One lake and one server for all tests of the BI endpoint; gone when these end, for the session shows one lake."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lake.settings import REPOSITORY
from tests.bi.server import PASSWORD, USER, Server
from tests.conftest import TestLake, delivery

# So many seconds that no ordinary query of a first client on a busy machine takes them.
ROW_LIMIT, TIME_LIMIT = 3_000, 30
HEADER_WITH_ID = (
    "date,domain,format,country,ad_size,device,adSelectionEmissions,creativeDistributionEmissions,"
    "mediaDistributionEmissions,totalEmissions,domainCoverage,record_id"
)


def records(day: int, count: int = 40) -> bytes:
    """A delivery of this many records of one day of July 2025, of 0.1 g each."""
    lines = [
        f"2025-07-{day:02},site{number % 12}.example,video,DE,300x600,mobile,0.1,0,0,0.1,measured,{day}-{number}"
        for number in range(count)
    ]
    return delivery(*lines, header=HEADER_WITH_ID)


@contextmanager
def small_lake(folder: Path, days: int) -> Iterator[TestLake]:
    """A lake of so many days whose first run is published; a session shows one at a time."""
    made = TestLake(folder)
    for day in range(1, days + 1):
        made.put(f"{day}.csv", records(day))
    made.run()
    yield made
    made.close()


@pytest.fixture(scope="package")
def bi_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """The lake of all tests."""
    with small_lake(tmp_path_factory.mktemp("bi"), days=5) as made:
        yield made


@pytest.fixture(scope="package")
def environment(bi_lake: TestLake, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a server of that lake, with one user."""
    users = tmp_path_factory.mktemp("bi-users") / "users"
    variables = {
        "LAKE_URI": str(bi_lake.settings.lake_path),
        "LAKE_BI_USERS": str(users),
        "SPARK_DRIVER_MEMORY": "1g",
    }
    add_user(variables, USER, PASSWORD)
    return variables


@pytest.fixture(scope="package")
def server(environment: dict[str, str]) -> Iterator[Server]:
    """The server, with low limits; tests that end its Java leave another running."""
    made = Server(environment, "--row-limit", str(ROW_LIMIT), "--time-limit", str(TIME_LIMIT))
    made.wait_for("listening")
    yield made
    assert made.stop() == 0
    assert made.lines[-1] == "thrift-server: stopped"
    assert not Path(f"/proc/{made.java}").exists(), "Java outlives its server"


def add_user(environment: dict[str, str], name: str, password: str, *options: str) -> None:
    """What `lake bi-user add NAME --password-stdin` does."""
    command = [REPOSITORY / "scripts" / "lake", "bi-user", "add", name, "--password-stdin", *options]
    subprocess.run(command, env={**os.environ, **environment}, input=f"{password}\n", text=True, check=True)
