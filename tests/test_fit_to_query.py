"""Which settings a query gets: by the bytes of the files that it reads, whatever was asked before it."""

from collections.abc import Iterator

import pytest

from tests.conftest import TestLake, forget_snapshots

# Of a query of few bytes and of one of many, as spark_conf/spark-defaults.conf has them.
SETTINGS = {
    "spark.sql.codegen.wholeStage": ("false", "true"),
    "spark.sql.codegen.factoryMode": ("NO_CODEGEN", "FALLBACK"),
    "spark.sql.adaptive.enabled": ("false", "true"),
    "spark.sql.shuffle.partitions": ("1", "16"),
}
SUM = "select sum(number) as total from silver.numbers"


@pytest.fixture
def numbers(lake: TestLake) -> Iterator[TestLake]:
    """A table of two files, the second some ten times the first, and a limit between them."""
    lake.spark.sql("create table silver.numbers (number bigint, word string) using delta")
    for first, count in ((0, 100), (1000, 4000)):
        lake.spark.sql(
            "insert into silver.numbers "
            f"select {first} + id, sha2(cast(id as string), 256) from range(0, {count}, 1, 1)"
        )
    files = lake.spark.sql("select input_file_name() as file from silver.numbers group by 1").collect()
    assert len(files) == 2
    with lake.small_queries(50_000):
        yield lake


def settings_after(lake: TestLake, query: str) -> str:
    """Whether a query left the session as one of few bytes or of many, and its plan says the same."""
    frame = lake.spark.sql(query)
    frame.collect()
    found = {name: lake.spark.conf.get(name) for name in SETTINGS}
    plan = frame._jdf.queryExecution().executedPlan().toString()
    for size, name in enumerate(("few", "many")):
        if found == {setting: values[size] for setting, values in SETTINGS.items()}:
            assert ("AdaptiveSparkPlan" in plan) == (name == "many"), plan
            return name
    raise AssertionError(found)


def test_what_a_query_reads_decides_and_not_what_the_table_holds(numbers: TestLake) -> None:
    assert settings_after(numbers, SUM) == "many"
    assert settings_after(numbers, f"{SUM} where number < 500") == "few", "the second file is left out"
    assert settings_after(numbers, f"{SUM} where number > 500") == "many"


@pytest.mark.parametrize(
    "query",
    [
        "select (select sum(number) from silver.numbers) as total from silver.numbers where number < 5",
        f"{SUM} where number < 500 union all {SUM}",
        f"{SUM} where number < 500 and word in (select word from silver.numbers)",
    ],
)
def test_all_that_a_query_reads_counts(numbers: TestLake, query: str) -> None:
    assert settings_after(numbers, f"{SUM} where number < 500") == "few"
    assert settings_after(numbers, query) == "many"


def test_a_query_without_files_leaves_the_settings(numbers: TestLake) -> None:
    for size, query in (("many", SUM), ("few", f"{SUM} where number < 500")):
        assert settings_after(numbers, query) == size
        numbers.spark.sql("select 1").collect()
        numbers.spark.sql("describe history silver.numbers").collect()
        assert (
            numbers.spark.conf.get("spark.sql.codegen.wholeStage")
            == SETTINGS["spark.sql.codegen.wholeStage"][size == "many"]
        )


def test_files_that_delta_looks_for_while_it_plans_do_not_shrink_the_query(numbers: TestLake) -> None:
    """Beyond fifty files a table's checksum lists none, and Delta asks the log in the midst of planning."""
    for number in range(51):
        numbers.spark.sql(f"insert into silver.numbers values ({number}, 'w')")
    forget_snapshots(numbers.spark)
    assert settings_after(numbers, f"{SUM} where word > ''") == "many"


def test_what_is_kept_counts_by_its_files_before_it_is_filled_and_by_itself_after(numbers: TestLake) -> None:
    numbers.spark.sql("cache lazy table kept as select number + 1 as number, word from silver.numbers")
    try:
        assert settings_after(numbers, "select sum(number) as total from kept") == "many"
        assert settings_after(numbers, f"{SUM} where number < 500") == "few"
        assert settings_after(numbers, "select count(word) from kept") == "many", "the rows that are kept are many"
    finally:
        numbers.spark.sql("uncache table kept")


def test_tasks_have_the_settings_of_their_query_and_not_of_the_one_before(numbers: TestLake) -> None:
    def pieces_compiled_by(query: str) -> int:
        before = numbers.compiled()
        numbers.spark.sql(query).collect()
        return numbers.compiled() - before

    assert pieces_compiled_by(f"{SUM} where number * 29 > 500") > 0
    assert pieces_compiled_by("select sum(number * 31) as total from silver.numbers where number < 500") == 0
    assert pieces_compiled_by(f"{SUM} where number * 37 > 500") > 0


def test_sums_are_the_same_whatever_the_settings(numbers: TestLake) -> None:
    by_remainder = "select number % 7 as remainder, count(*), sum(number) from silver.numbers group by 1 order by 1"
    found = []
    for size_bytes in (-1, 1 << 40):
        with numbers.small_queries(size_bytes):
            found.append(numbers.spark.sql(by_remainder).collect())
    assert found[0] == found[1]
    assert sum(row[1] for row in found[0]) == 4100


def test_each_session_has_its_own(numbers: TestLake) -> None:
    other = numbers.spark.newSession()
    assert settings_after(numbers, SUM) == "many"
    assert other.conf.get("spark.sql.adaptive.enabled") == "false"


def test_generated_methods_are_compiled_however_long(lake: TestLake) -> None:
    """What judges a record is more than Java compiles as it comes, and would be left to the interpreter."""
    java = lake.spark._jvm.java.lang
    options = java.management.ManagementFactory.getPlatformMXBean(
        java.Class.forName("com.sun.management.HotSpotDiagnosticMXBean")
    )
    assert options.getVMOption("DontCompileHugeMethods").getValue() == "false"
