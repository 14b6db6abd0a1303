"""The bench measures what it says and shows no number where engines disagree; nothing here looks at how long it took."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bench import lakes, peer_works, works
from bench.__main__ import main
from bench.deliveries import Deliveries, arrived, deliveries
from bench.environment import bench_python
from bench.measuring import FailedError, Measurement, growth, measure_call, measure_command
from bench.report import medians, save, table
from bench.totals import COUNTRY_DEVICE, DOMAIN_FORMAT, DifferentTotalsError, Totals, check_same, totals_of
from bench.works import Bench, Work
from lake.settings import REPOSITORY
from tests.reference.gold import daily_by_country_device, daily_by_domain_format
from tests.reference.history import ReferenceLake
from tests.reference.silver import build_silver, read_countries

ROWS = 300
BURNT_SECONDS = 0.5
BURN = f"import time\nwhile time.process_time() < {BURNT_SECONDS}: pass"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Deliveries:
    """A base and two increments."""
    return deliveries(tmp_path_factory.mktemp("deliveries"), ROWS, increments=2)


@pytest.fixture(scope="module")
def expected(data: Deliveries) -> tuple[Totals, Totals]:
    """The totals after the base and after the first increment, by the reference."""
    return reference_totals(arrived(data, 0)), reference_totals(arrived(data, 1))


@pytest.fixture(scope="module")
def minutes(pytestconfig: pytest.Config) -> None:
    """What takes minutes is tried on request."""
    if not pytestconfig.getoption("--bench"):
        pytest.skip("takes minutes: scripts/test tests/test_bench.py --bench")


@pytest.fixture(scope="module")
def python(minutes: None) -> Path:
    """The Python of the peers' environment."""
    try:
        return bench_python()
    except FailedError as error:
        pytest.skip(str(error))


def reference_totals(files: Sequence[Path]) -> Totals:
    lake = ReferenceLake()
    for number, file in enumerate(files):
        lake.put(f"{number}.csv", file.read_bytes())
        lake.ingest(datetime.now(UTC).date())
    winners = build_silver(lake, read_countries(REPOSITORY / "dbt" / "seeds" / "country_names.csv")).winners
    document: dict[str, Any] = {
        "silver": [len(winners), str(sum(winner.total_gco2e for winner in winners))],
        COUNTRY_DEVICE: [
            [
                str(row["activity_date"]),
                row["country_code"],
                row["device"],
                row["record_count"],
                str(row["total_gco2e"]),
            ]
            for row in daily_by_country_device(winners)
        ],
        DOMAIN_FORMAT: [
            [str(row["activity_date"]), row["domain"], row["ad_format"], row["record_count"], str(row["total_gco2e"])]
            for row in daily_by_domain_format(winners)
        ],
    }
    return totals_of(document)


def measured(tmp_path: Path, *command: str) -> Measurement:
    folder = tmp_path / "result"
    folder.mkdir(exist_ok=True)
    return measure_command(command, folder, ENVIRONMENT, tmp_path / "log")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--clients 3", "--clients says nothing without --bi"),
        ("--picture p.svg", "--picture says nothing without --growth"),
        ("--bi --profile", "--profile says nothing with --bi"),
        ("--bi --history-rows 9", "--history-rows says nothing with --bi"),
        ("--profile --repeats 1", "--repeats says nothing with --profile"),
        ("--profile --s3", "--s3 says nothing with --profile"),
        ("--profile --rows 9 99", "--rows is one size with --profile"),
        ("--bi --rows 9 99", "--rows is one size with --bi"),
        ("--only build warm --history 9", "--history says nothing where --only leaves out history"),
    ],
)
def test_an_option_that_would_be_passed_over_is_refused(
    words: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scripts/bench", *words.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_cpu_of_grandchildren_is_counted(tmp_path: Path) -> None:
    burning = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}], check=True)"
    assert measured(tmp_path, sys.executable, "-c", burning).cpu_seconds >= BURNT_SECONDS


def test_cpu_of_orphans_is_counted(tmp_path: Path) -> None:
    leaving = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BURN!r}], start_new_session=True)"
    assert measured(tmp_path, sys.executable, "-c", leaving).cpu_seconds >= BURNT_SECONDS


def test_where_no_java_runs_there_is_no_peak_of_it(tmp_path: Path) -> None:
    used = measured(tmp_path, "true")
    assert used.java_peak_bytes is None
    assert used.written_bytes == 0


def test_written_bytes_are_counted_by_table(tmp_path: Path) -> None:
    table_folder = tmp_path / "result" / "gold" / "daily"
    (table_folder / "_delta_log").mkdir(parents=True)
    (table_folder / "old.parquet").write_bytes(b"old")
    writing = (
        "import pathlib, sys; home = pathlib.Path(sys.argv[1]); (home / 'part.parquet').write_bytes(bytes(100_000)); "
        "(home / '_delta_log' / '0.json').write_bytes(bytes(20)); (home / 'old.parquet').open('ab').write(b'er')"
    )
    used = measured(tmp_path, sys.executable, "-c", writing, str(table_folder))
    assert used.written_by_table == {"gold.daily": 100_002, "gold.daily log": 20}
    assert used.written_bytes == 100_022


def test_a_replaced_file_counts_whole_and_a_removed_one_nothing() -> None:
    before = {Path("a", "b", "kept"): (1, 10, 1), Path("a", "b", "replaced"): (2, 10, 1), Path("gone"): (3, 10, 1)}
    after = {Path("a", "b", "kept"): (1, 10, 1), Path("a", "b", "replaced"): (4, 10, 2)}
    assert growth(before, after) == {"a.b": 10}


def test_memory_is_that_of_the_largest_process(tmp_path: Path) -> None:
    used = measured(tmp_path, "sh", "-c", f"{sys.executable} -c 'bytes(bytearray(200_000_000))'")
    assert used.largest_resident_bytes >= 200_000_000


def test_a_failing_command_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match=r"code 3(?s:.)*what went wrong"):
        measured(tmp_path, "sh", "-c", "echo what went wrong >&2; exit 3")
    with pytest.raises(FailedError, match="no-such-command"):
        measured(tmp_path, "no-such-command")


def test_a_call_to_a_living_process_is_charged_what_its_tree_used(tmp_path: Path) -> None:
    answering = (
        f"import sys, subprocess\nfor line in sys.stdin:\n    subprocess.run([sys.executable, '-c', {BURN!r}])\n"
    )
    answering += "    print('done', flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", answering], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def call() -> None:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"

        for _ in range(2):
            used = measure_call(process.pid, call, tmp_path)
            # The kernel counts in ticks, here and at each end.
            assert used.cpu_seconds >= BURNT_SECONDS - 0.1
    assert used.largest_resident_bytes > 0


def test_deliveries_are_the_same_each_time_and_increments_are_news(data: Deliveries, tmp_path: Path) -> None:
    again = deliveries(tmp_path, ROWS, increments=2)
    files = arrived(data, 2)
    assert [file.read_bytes() for file in files] == [file.read_bytes() for file in arrived(again, 2)]
    assert [file.name for file in files] == ["base.csv", *["corrections.csv", "new-day.csv"] * 2]
    assert data.base_rows == len(data.base.read_text().splitlines()) - 1
    known = {line.rpartition(",")[2] for line in data.base.read_text().splitlines()}
    arriving = {line.rpartition(",")[2] for line in files[2].read_text().splitlines()[1:]}
    assert arriving
    assert not arriving & known, "a new day has new records"
    assert {file.read_text().splitlines()[0] for file in files} == {data.base.read_text().splitlines()[0]}


def test_different_totals_are_found(expected: tuple[Totals, Totals]) -> None:
    before, after = expected
    check_same(before, before, "itself")
    with pytest.raises(DifferentTotalsError, match="in silver"):
        check_same(before, after, "later")
    count, grams = before.silver
    with pytest.raises(DifferentTotalsError, match="in silver"):
        check_same(before, replace(before, silver=(count, grams + Decimal("1e-10"))), "a tenth of a nanogram more")
    for name, rows in before.tables.items():
        key, (count, grams) = next(iter(rows.items()))
        for changed in (
            {**rows, key: (count, grams + Decimal("1e-10"))},
            {**rows, key: (count + 1, grams)},
            {other: measures for other, measures in rows.items() if other != key},
            {**rows, ("2025-01-01", "XX", "phone"): (1, Decimal(1))},
        ):
            with pytest.raises(DifferentTotalsError, match=name):
                check_same(before, replace(before, tables={**before.tables, name: changed}), "another")


@pytest.mark.parametrize("engine", peer_works.ENGINES, ids=lambda engine: engine.module)
def test_a_peer_gives_the_references_totals(
    engine: peer_works.Engine, python: Path, data: Deliveries, expected: tuple[Totals, Totals], tmp_path: Path
) -> None:
    done = peer_works.peer_works(Bench(tmp_path, repeats=1), engine, python, data, expected)
    assert [(work.name, work.rows) for work in done] == [
        (works.BUILD, data.base_rows),
        (works.INCREMENT, data.base_rows),
    ]
    for work in done:
        assert all(used.cpu_seconds > 0 and used.written_bytes > 0 for used in work.repeats)
        assert (work.repeats[0].java_peak_bytes is not None) == (engine.module == "pyspark_peer")


def test_no_measurement_of_a_peer_whose_totals_are_others(
    python: Path, data: Deliveries, expected: tuple[Totals, Totals], tmp_path: Path
) -> None:
    before, after = expected
    count, grams = after.silver
    wrong = replace(after, silver=(count, grams + Decimal("1e-10")))
    with pytest.raises(DifferentTotalsError, match="DuckDB"):
        peer_works.peer_works(Bench(tmp_path, repeats=1), peer_works.ENGINES[0], python, data, (before, wrong))


@pytest.fixture(scope="module")
def benched(minutes: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """What the bench printed when all of our works were measured once, and its folder."""
    folder = tmp_path_factory.mktemp("bench")
    sizes = ["--rows", str(ROWS), "--repeats", "1", "--history", "1", "--history-rows", str(ROWS)]
    command = [sys.executable, "-m", "bench", *sizes, "--folder", str(folder)]
    return subprocess.run(command, cwd=REPOSITORY, env=ENVIRONMENT, capture_output=True, text=True, check=False), folder


def test_all_our_works_are_measured(benched: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    ended, folder = benched
    assert ended.returncode == 0, ended.stderr
    results = json.loads((folder / "results.json").read_text())
    assert not results["left_out"]
    names = [work["name"] for work in results["works"] if work["name"] not in (works.ONE_OF_HISTORY, works.MAINTAIN)]
    assert names == [
        works.SAMPLE_WORK,
        works.NOTHING_NEW,
        works.BUILD,
        works.INCREMENT,
        works.WARM_INCREMENT,
        works.HISTORY,
    ]
    for work in results["works"]:
        middle = work["median"]
        assert min(middle[name] for name in ("wall_seconds", "cpu_seconds", "java_peak_bytes")) > 0
        # Maintenance that has nothing to do writes nothing.
        assert middle["written_bytes"] > 0 or work["name"] == works.MAINTAIN
        assert work["name"].split(":")[0] in ended.stdout.replace("\n", " ") or work["name"] == works.ONE_OF_HISTORY
    increments = [work for work in results["works"] if "increment" in work["name"]]
    assert all(work["median"]["written_per_parquet"] > 1 for work in increments)


def test_the_same_works_are_measured_on_s3(minutes: None, tmp_path: Path) -> None:
    words = ["--s3", "--only", "sample", "build", "increment", "warm", "--rows", str(ROWS), "--repeats", "1"]
    command = [sys.executable, "-m", "bench", *words, "--folder", str(tmp_path)]
    ended = subprocess.run(command, cwd=REPOSITORY, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    here, on_s3 = (
        [work for work in results["works"] if work["engine"] == engine] for engine in (lakes.OURS, lakes.OURS_ON_S3)
    )
    assert [work["name"] for work in here] == [work["name"] for work in on_s3]
    assert len(here) == 5
    for local, stored in zip(here, on_s3, strict=True):
        tables = {name for name in local["repeats"][0]["written_by_table"] if "." in name}
        assert tables <= set(stored["repeats"][0]["written_by_table"])
    assert not (tmp_path / "minio").exists()


def test_the_growth_is_drawn(
    benched: tuple[subprocess.CompletedProcess[str], Path], python: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "growth.svg"
    command = [str(python), "-m", "bench.growth", str(benched[1] / "results.json"), str(picture)]
    subprocess.run(command, cwd=REPOSITORY, env=ENVIRONMENT, check=True)
    assert "increments before" in picture.read_text()
    numbers = (tmp_path / "growth.csv").read_text().splitlines()
    assert numbers[0].startswith("work,engine,rows,history,wall_seconds")
    assert len(numbers) == 1 + len(json.loads((benched[1] / "results.json").read_text())["works"])


def test_the_table_shows_medians_and_what_machine_it_was(tmp_path: Path) -> None:
    used = [
        Measurement(seconds, 2.0, None, 10**6, 300, 10**6, {"bronze.emissions": 100}) for seconds in (9.0, 1.0, 2.0)
    ]
    work = Work(works.INCREMENT, lakes.OURS, 300, None, tuple(used))
    assert medians(work)["wall_seconds"] == 2.0
    assert medians(work)["written_per_parquet"] == 3
    assert medians(work)["java_peak_bytes"] is None
    facts = {"cores": 2, "processor": "of a test", "memory_bytes": 10**9, "load_average": 3.0}
    save(tmp_path / "out.json", facts, [work], ["10 rows: no room"])
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["left_out"] == ["10 rows: no room"]
    assert len(document["works"][0]["repeats"]) == 3
    caption = str(table(facts, [work]).caption)
    assert "median of 3" in caption
    assert "NOT A QUIET MACHINE" in caption
