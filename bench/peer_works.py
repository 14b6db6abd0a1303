"""The works of the peers: the same files, each repeat in a cold process on a fresh copy; their totals must be ours."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.deliveries import Deliveries, arrived
from bench.lakes import fresh_copy
from bench.measuring import REPOSITORY, FailedError, Measurement, measure_command
from bench.totals import Totals, check_same, totals_of
from bench.works import BUILD, INCREMENT, Bench, Work

COUNTRIES = REPOSITORY / "dbt" / "seeds" / "country_names.csv"


@dataclass(frozen=True)
class Engine:
    """One peer.

    Attributes:
        name: as the table shows it.
        module: its module in bench/peers.
        is_in_bench_environment: whether it needs the bench's environment; PySpark is in the lake's.
        rebuilds: whether its increment is a rebuild from all files.
    """

    name: str
    module: str
    is_in_bench_environment: bool
    rebuilds: bool


ENGINES = (
    Engine("DuckDB", "duckdb_peer", is_in_bench_environment=True, rebuilds=False),
    Engine("Polars + delta-rs", "polars_peer", is_in_bench_environment=True, rebuilds=False),
    Engine("plain PySpark, rebuild", "pyspark_peer", is_in_bench_environment=False, rebuilds=True),
)


def peer_works(
    bench: Bench, engine: Engine, bench_python: Path, data: Deliveries, ours: tuple[Totals, Totals]
) -> list[Work]:
    """The full build and the first increment of one peer; `ours` are our totals after each.

    Raises:
        FailedError: the peer did not do its work.
        DifferentTotalsError: its totals are not ours.
    """
    python = bench_python if engine.is_in_bench_environment else Path(sys.executable)
    peer = _Peer(engine, (str(python), "-m", f"bench.peers.{engine.module}"), bench.place("peer").log)
    home = peer.log.parent
    built, copy = home / "built", home / "increment"
    base, increment = arrived(data, 0), arrived(data, 1)[1:]

    def build() -> Measurement:
        shutil.rmtree(built, ignore_errors=True)
        return peer.measured("build", built, base, first_delivery=1)

    def take_in() -> Measurement:
        fresh_copy(built, copy)
        if engine.rebuilds:
            return peer.measured("increment", copy, [*base, *increment], first_delivery=1)
        return peer.measured("increment", copy, increment, first_delivery=len(base) + 1)

    builds = bench.repeated(f"{engine.name}: {BUILD}, {data.base_rows:,} rows", build)
    check_same(ours[0], peer.totals(built), engine.name)
    increments = bench.repeated(f"{engine.name}: {INCREMENT}, {data.base_rows:,} rows", take_in)
    check_same(ours[1], peer.totals(copy), engine.name)
    shutil.rmtree(home)
    return [
        Work(BUILD, engine.name, data.base_rows, None, builds),
        Work(INCREMENT, engine.name, data.base_rows, None, increments),
    ]


@dataclass(frozen=True)
class _Peer:
    engine: Engine
    command: tuple[str, ...]
    log: Path

    def measured(self, work: str, state: Path, files: list[Path], first_delivery: int) -> Measurement:
        state.mkdir(parents=True, exist_ok=True)
        options = ["--countries", str(COUNTRIES), "--first-delivery", str(first_delivery)]
        command = [*self.command, work, str(state), *options, *map(str, files)]
        return measure_command(command, state, _environment(), self.log)

    def totals(self, state: Path) -> Totals:
        command = [*self.command, "totals", str(state)]
        ended = subprocess.run(command, cwd=REPOSITORY, env=_environment(), capture_output=True, text=True, check=False)
        if ended.returncode:
            msg = f"{self.engine.name} gives no totals: {ended.stderr.strip()[-2000:]}"
            raise FailedError(msg)
        return totals_of(json.loads(ended.stdout))


def _environment() -> dict[str, str]:
    """What a peer sees: nothing of the lake's own settings of Spark."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_", "LAKE_"))}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "SPARK_LOCAL_IP": "127.0.0.1"}
