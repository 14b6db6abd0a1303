"""One Spark session for all tests; a lake and a landing area of its own for each."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pyspark.sql import SparkSession

from bronze.ingest import Ingested, ingest
from bronze.ledger import recover
from lake import lease, s3
from lake.format import prepare
from lake.lock import writing
from lake.published import PUBLISHED
from lake.queries import to_json
from lake.runs import RunReport, Steps, new_run_id, run
from lake.session import bare_session, open_session
from lake.settings import REPOSITORY
from lake.tables import SCHEMAS, list_tables, table_versions
from tests import places, side_by_side

SAMPLE = REPOSITORY.parent / "shared" / "data" / "advertising_emissions.csv"
HEADER = (
    "date,domain,format,country,ad_size,device,adSelectionEmissions,creativeDistributionEmissions,"
    "mediaDistributionEmissions,totalEmissions,domainCoverage"
)


# One session serves hundreds of runs here: Java as it comes (spark_conf/spark-env.sh), not as one command on a small lake has
# it; commands that tests start choose for themselves.
SESSION_JAVA = ""


# A report a run is tested where it is the matter; hundreds of runs need none.
os.environ.setdefault("LAKE_REPORT", "off")


def forget_snapshots(spark: SparkSession) -> None:
    """Let the session read every log anew, as a new process does."""
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the campaigns, which are too long for every run of the tests."""
    parser.addoption("--whole", action="store_true", help="run the tests that take minutes each, too")
    parser.addoption("--histories", type=int, default=4, help="how many random histories to replay (default: 4)")
    parser.addoption("--unit-tests-of", default="", metavar="MODEL", help="run the dbt unit tests of this model alone")
    parser.addoption("--bench", action="store_true", help="try scripts/bench and its peers on tiny lakes (minutes)")
    parser.addoption("--races", type=int, default=2, help="how many times to maintain beside readers (default: 2)")
    parser.addoption("--commits", type=int, default=24, help="how many commits two processes race for (default: 24)")
    parser.addoption("--s3-commands", action="store_true", help="call every command on S3 (minutes)")
    parser.addoption("--faults", type=int, default=0, help="how many faults to put between lake and store (default: 0)")
    parser.addoption("--audited", type=int, default=1, help="how many random histories to look back on (default: 1)")
    parser.addoption("--on-s3", action="store_true", help="keep the lakes of the tests on a MinIO of their own")
    parser.addoption("--stack", action="store_true", help="start the whole stack in containers (scripts/test-stack)")
    parser.addoption("--kills", type=int, default=2, help="how many times to kill -9 a command (default: 2)")


def pytest_configure(config: pytest.Config) -> None:
    """The marker of what only `--whole` runs; a shorter test of the same rule runs always."""
    config.addinivalue_line("markers", "long: takes minutes, so only scripts/test --whole runs it")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """In how many processes the tests run side by side."""
    return side_by_side.processes(config)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> side_by_side.Scheduler:
    """Who keeps in one process what shares something dear."""
    return side_by_side.Scheduler(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip, by name, what was not asked for; what stays together comes first."""
    side_by_side.sort_by_group(items)
    if not config.getoption("--whole"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: scripts/test --whole runs it"))


class TestLake:
    """A real lake in a folder of its own, driven as `lake` drives it."""

    __test__ = False

    def __init__(self, folder: Path, *, register: bool = True) -> None:
        self._folder = folder
        self.settings = places.settings_in(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._held = ExitStack()
        if isinstance(self.settings.landing_path, Path):
            self.settings.landing_path.mkdir(exist_ok=True)
        elif register:
            # On S3 no commit is made without the lease.
            self._held.enter_context(writing(self.settings.lake_path, "a test"))
        if register:
            with pytest.MonkeyPatch.context() as java:
                java.setenv("LAKE_JAVA_OPTIONS", SESSION_JAVA)
                self.spark: SparkSession = open_session(self.settings)

    def put(self, path: str, content: bytes) -> None:
        """Deliver bytes under a landing path."""
        places.put(self.settings.landing_path, path, content)

    def run(self, run_id: str = "", **steps: Any) -> RunReport:
        """What `lake run` does, without its process."""
        return run(self.spark, self.settings, run_id or new_run_id(), Steps(**steps))

    @contextmanager
    def setting(self, name: str, value: int) -> Iterator[None]:
        """Within, a setting of the session is another."""
        usual = self.spark.conf.get(name)
        self.spark.conf.set(name, value)
        try:
            yield
        finally:
            self.spark.conf.set(name, usual)

    def small_queries(self, size_bytes: int) -> AbstractContextManager[None]:
        """Within, a query that reads more than so many bytes of files is a large one."""
        return self.setting("spark.lakehouse.smallQueryBytes", size_bytes)

    @contextmanager
    def as_large(self) -> Iterator[None]:
        """Within, the lake is treated as a large one, each query as one that reads much, each file as one to be left."""
        left = self.setting("spark.lakehouse.rewrittenBytes", 0)
        with left, self.small_queries(-1), patch("lake.sizing.SMALL_LAKE_BYTES", -1):
            yield

    def jobs(self) -> set[int]:
        """The Spark jobs of this session until now that belong to no group, as all of ours do."""
        return set(self.spark.sparkContext.statusTracker().getJobIdsForGroup(None))

    def compiled(self) -> int:
        """The pieces of generated code that Java has compiled in this session until now."""
        metrics = getattr(self.spark._jvm, "org.apache.spark.metrics.source.CodegenMetrics$")
        return int(getattr(metrics, "MODULE$").METRIC_COMPILATION_TIME().getCount())

    def ingest(self) -> Ingested:
        """What `lake ingest` does, without its process."""
        prepare(self.spark, self.settings.lake_path)
        return ingest(self.spark, self.settings.landing_path, self.settings.lake_path, new_run_id())

    def ready(self) -> None:
        """What every writing command does first: make the tables, finish what was cut off."""
        prepare(self.spark, self.settings.lake_path)
        recover(self.spark, self.settings.lake_path)

    def tables(self) -> list[str]:
        """The tables that there are."""
        return list_tables(self.settings.lake_path)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query as JSON holds them."""
        frame = self.spark.sql(query)
        return [{name: to_json(row[place]) for place, name in enumerate(frame.columns)} for row in frame.collect()]

    def versions(self) -> dict[str, int]:
        """The version of every table but the audit's."""
        versions = table_versions(self.settings.lake_path)
        return {table: version for table, version in versions.items() if not table.startswith("audit.")}

    def content(self) -> dict[str, list[str]]:
        """Every row of every silver and gold table, as sorted text."""
        tables = [table for table in table_versions(self.settings.lake_path) if table.startswith(("silver.", "gold."))]
        return {table: sorted(str(row) for row in self.rows(f"select * from {table}")) for table in tables}

    def close(self) -> None:
        """Forget the tables, so that the next lake of this session does not meet them."""
        spark = SparkSession.getActiveSession() or self.spark
        for schema in (*SCHEMAS, PUBLISHED):
            spark.sql(f"drop schema if exists {schema} cascade")
        # Delta keeps the files of every table for an hour: after forty lakes the memory of Java was full.
        forget_snapshots(spark)
        self._held.close()
        lease.bind(spark, [])

    def leave(self) -> None:
        """Forget the tables and keep their files: dropping a schema deletes the folders of what this session made."""
        with places.spared(self._folder):
            self.close()


@contextmanager
def unregistered(folder: Path) -> Iterator[TestLake]:
    """The lake of a folder for commands that look back: nothing of it is registered in the session."""
    lake = TestLake(folder, register=False)
    lake.spark = bare_session(lake.settings)
    try:
        yield lake
    finally:
        lake.close()


@pytest.fixture(scope="session", autouse=True)
def store_of_the_lakes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """With `--on-s3`, a MinIO for all lakes of this process, whose Spark session begins after it."""
    if not request.config.getoption("--on-s3"):
        yield
        return
    from tests.s3.conftest import running_store

    with running_store(tmp_path_factory.mktemp("minio")) as store, pytest.MonkeyPatch.context() as environment:
        for name, value in {**store.pipeline.environment(store.server.url), places.ON_S3: "1"}.items():
            environment.setenv(name, value)
        s3.client.cache_clear()
        yield


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[TestLake]:
    """An empty lake."""
    made = TestLake(tmp_path)
    yield made
    made.close()


def delivery(*records: str, header: str = HEADER) -> bytes:
    """A delivery of these records."""
    return "".join(f"{line}\n" for line in (header, *records)).encode()
