"""Queries that differ in what they compare with share their generated code, and find what they found before."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import TestLake

# Of each kind: a filter, and values for it, of which some meet rows and some none.
FILTERS = {
    "int": ("number_32 >= {}", (0, 40, 99, 100)),
    "bigint": ("number < {}", (5_000_000_001, 5_000_000_050)),
    "smallint": ("number_16 <> cast({} as smallint)", (3, 4)),
    "double": ("ratio <= {}", ("0.25D", "0.5D", "double('NaN')", "double('-Infinity')")),
    "float": ("float(ratio) > float({})", (0.25, 0.75)),
    "date": ("activity_date = date '{}'", ("2025-01-01", "2025-01-31")),
    "timestamp": ("seen_at >= timestamp '{}'", ("2025-01-01 00:00:40", "2025-01-01 00:01:39.999999")),
    "decimal": ("amount > {}", ("12.34BD", "49.99BD")),
    "string": ("word < '{}'", ("c", "word 5")),
    "null-safe": ("number_32 <=> {}", (7, 8)),
    "the value first": ("{} > number_32", (10, 90)),
    "between": ("activity_date between date '{0}' and date '{0}' + interval 6 days", ("2025-01-02", "2025-01-09")),
    "either": ("number_32 = {0} or number = 5000000000 + {0}", (11, 12)),
    "in a case": ("case when number_32 > {} then ratio > 0.5 else word is null end", (20, 60)),
}


@pytest.fixture(scope="module")
def rows_of_all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """A table with a column of each kind, whose every query is a large one."""
    lake = TestLake(tmp_path_factory.mktemp("kinds"))
    lake.spark.sql(
        "create table silver.kinds using delta as select cast(id as int) as number_32, 5000000000 + id as number, "
        "cast(id as smallint) as number_16, id / 100.0D as ratio, "
        "date_add(date '2025-01-01', cast(id % 31 as int)) as activity_date, "
        "timestamp '2025-01-01 00:00:00' + make_dt_interval(0, 0, 0, id) as seen_at, "
        "cast(id as decimal(20, 2)) / 2 as amount, if(id % 10 = 0, null, concat('word ', id)) as word "
        "from range(0, 100, 1, 1)"
    )
    with lake.small_queries(-1):
        yield lake
    lake.close()


def found_and_compiled(lake: TestLake, condition: str) -> tuple[list[Any], int]:
    """The rows that a filter leaves, and how many pieces of code were compiled for them."""
    before = lake.compiled()
    rows = lake.spark.sql(
        f"select number, ratio * 2 as twice from silver.kinds where {condition} order by number"
    ).collect()
    return rows, lake.compiled() - before


@pytest.mark.parametrize("kind", FILTERS)
def test_code_is_compiled_for_the_first_of_the_values_alone(rows_of_all_kinds: TestLake, kind: str) -> None:
    condition, values = FILTERS[kind]
    by_value = [found_and_compiled(rows_of_all_kinds, condition.format(value)) for value in values]
    assert [compiled for _, compiled in by_value[1:]] == [0] * (len(values) - 1)
    assert len({str(rows) for rows, _ in by_value}) == len(values), "each value finds other rows"
    with rows_of_all_kinds.small_queries(1 << 40):
        interpreted = [found_and_compiled(rows_of_all_kinds, condition.format(value))[0] for value in values]
    assert [rows for rows, _ in by_value] == interpreted


def test_what_else_differs_is_compiled(rows_of_all_kinds: TestLake) -> None:
    assert found_and_compiled(rows_of_all_kinds, "number_32 + 41 > 50")[1] > 0
    assert found_and_compiled(rows_of_all_kinds, "number_32 + 43 > 50")[1] > 0, "only what is compared is handed over"
    assert found_and_compiled(rows_of_all_kinds, "number_32 + 43 > 51")[1] == 0
