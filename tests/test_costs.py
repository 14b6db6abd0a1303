"""What a run costs, by counters that do not depend on the machine: Delta commits, Spark jobs, files read and written."""

from pathlib import Path

import pytest

from lake.settings import REPOSITORY
from tests.conftest import HEADER, TestLake, delivery

DAYS = [f"2025-{month:02d}-{day:02d}" for month in (5, 6, 7) for day in range(1, 29)]
# The seed stands still; every other table says in one commit what it took in.
UNCHANGED = {"silver.country_names"}
MARTS = [f"gold.{model.stem}" for model in sorted((REPOSITORY / "gold" / "marts").glob("*.sql"))]
# 56 when this was written, with Spark 4.2 and Delta 4.4: more means a query or a commit more in every run.
MOST_JOBS = 60


def record(day: str, number: int) -> str:
    return f"{day},site{number % 7}.example,video,Germany,300x250,mobile,0.1,0.2,0.3,0.6,measured"


def files_of(lake: TestLake, table: str) -> set[Path]:
    """Every data file of a table that there is, of whatever version."""
    return set(lake.settings.lake_path.joinpath(*table.split(".")).glob("*.parquet"))


def records_by_stage(lake: TestLake) -> dict[int, tuple[int, int]]:
    """How many records each of the newest stages read from files and sent to other stages, by the stage."""
    java, store = lake.spark._jvm, lake.spark.sparkContext._jsc.sc().statusStore()
    nothing = java.java.util.ArrayList()
    no_quantiles = java.java.lang.reflect.Array.newInstance(java.java.lang.Double.TYPE, 0)
    stages = store.stageList(nothing, False, False, no_quantiles, nothing)
    each = [stages.apply(number) for number in range(stages.size())]
    return {stage.stageId(): (stage.inputRecords(), stage.shuffleWriteRecords()) for stage in each}


def scans_of(lake: TestLake, records: int) -> list[int]:
    """The stages of the next run that read exactly so many records from files: how many each sent on."""
    known, seen = records_by_stage(lake).keys(), dict[int, tuple[int, int]]()
    lake.run(on_step=lambda _: seen.update(records_by_stage(lake)))
    return [sent for stage, (read, sent) in seen.items() if stage not in known and read == records]


def test_a_record_is_judged_once_for_all_silver_models(lake: TestLake) -> None:
    refused = record("31.12.2025", 0)
    for name, numbers in (("first.csv", range(300)), ("second.csv", range(290, 390))):
        lake.put(name, delivery(refused, *(record(DAYS[number % 84], number) for number in numbers)))
        # Bronze takes them in, the ledger counts them, the account weighs them, and whoever judges reads them once.
        assert len(scans_of(lake, len(numbers) + 1)) == 4, name


def test_an_increment_is_one_commit_a_table_and_a_run_without_news_none(lake: TestLake) -> None:
    lake.put("first.csv", delivery(*(record(day, number) for number, day in enumerate(DAYS))))
    lake.run()
    for mart in MARTS:
        days = [row.activity_date for row in lake.spark.table(mart).select("activity_date").collect()]
        assert days == sorted(days), f"{mart}: a page of a file has neighbouring days"
    before, jobs_before = lake.versions(), lake.jobs()

    lake.put("second.csv", delivery(*(record(DAYS[-1], number) for number in range(100, 120))))
    lake.run()
    after = lake.versions()
    moved = {table: after[table] - version for table, version in before.items() if after[table] != version}
    assert set(before) - set(moved) == UNCHANGED
    assert set(moved.values()) == {1}
    jobs = len(lake.jobs() - jobs_before)
    print(f"an increment of a small lake: {jobs} Spark jobs")
    assert jobs <= MOST_JOBS

    jobs_before = lake.jobs()
    lake.run()
    assert lake.versions() == after
    assert len(lake.jobs() - jobs_before) <= 20


def test_an_increment_of_a_large_lake_adds_one_file_and_moves_no_table(lake: TestLake) -> None:
    header = f"{HEADER},record_id"
    with lake.as_large():
        lake.put("first.csv", delivery(*(f"{record(day, 0)},{day}" for day in DAYS), header=header))
        lake.run()
        written = files_of(lake, "silver.emissions")
        of_all_dates = {mart: set(lake.spark.table(mart).inputFiles()) for mart in MARTS}

        came = (f"{record(day, number)},{day}" for number, day in enumerate((*DAYS[:20], "2025-08-01"), start=1))
        lake.put("second.csv", delivery(*came, header=header))
        sent = scans_of(lake, len(DAYS))
        assert len(files_of(lake, "silver.emissions") - written) == 1
        for mart, files in of_all_dates.items():
            assert files <= set(lake.spark.table(mart).inputFiles()), (
                f"{mart}: other dates of a file stay where they are"
            )
        assert len(sent) >= 2, "keys are looked up in all of silver, and its rows are counted"
        assert max(sent) < len(DAYS) / 2, "little of it is sent to other stages: no more than came"


@pytest.mark.long
def test_an_increment_reads_and_writes_the_files_of_its_dates(lake: TestLake, request: pytest.FixtureRequest) -> None:
    lake.spark.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    request.addfinalizer(lambda: lake.spark.conf.unset("spark.sql.adaptive.coalescePartitions.enabled"))
    with lake.as_large():
        lake.put("first.csv", delivery(*(record(day, number) for day in DAYS for number in range(40))))
        lake.run()
        written = files_of(lake, "silver.emissions")
        all_files = lake.spark.table("silver.emissions").inputFiles()
        of_a_day = lake.spark.sql(f"select * from silver.emissions where activity_date = '{DAYS[-1]}'").inputFiles()
        assert len(all_files) >= 8
        assert len(of_a_day) == 1
        for mart in MARTS:
            first, last = (
                lake.spark.sql(f"select * from {mart} where activity_date = '{day}'").inputFiles()
                for day in (DAYS[0], DAYS[-1])
            )
            assert not set(first) & set(last), f"{mart}: a file of the full build has neighbouring days"

        lake.put("second.csv", delivery(*(record(DAYS[-1], number) for number in range(100, 140))))
        lake.run()
        kept = set(lake.spark.table("silver.emissions").inputFiles())
        assert set(all_files) - set(of_a_day) <= kept, "files of other dates stay"
        new = files_of(lake, "silver.emissions") - written
        assert 1 <= len(new) <= 2, "rows of one date are one file, or two with an updated one"
