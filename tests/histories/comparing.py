"""The lake against the independent reference, table by table and row by row."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from lake.settings import REPOSITORY
from tests.conftest import TestLake
from tests.reference.audit import conservation
from tests.reference.gold import GOLD_TABLES
from tests.reference.history import ReferenceLake
from tests.reference.silver import (
    Silver,
    build_silver,
    quarantine_rows,
    read_countries,
    record_contribution_rows,
    silver_rows,
)

COUNTRIES = read_countries(REPOSITORY / "dbt" / "seeds" / "country_names.csv")
LOADED, REJECTED = "loaded", "rejected"
Rows = list[dict[str, object]]


def assert_equal_to_reference(lake: TestLake, reference: ReferenceLake) -> None:
    """Ledger, bronze, silver, quarantine, duplicates and every gold table equal the reference row for row."""
    for table, expected in expected_tables(reference, build_silver(reference, COUNTRIES)).items():
        assert_same(table, fetch(lake, table, expected), expected)


def assert_conserved(account: Mapping[str, object], reference: ReferenceLake) -> None:
    """The account of a run equals the reference's, and balances."""
    expected = conservation(reference, COUNTRIES)[0]
    assert {name: account[name] for name in expected} == expected
    assert account["balanced"] is True


def expected_tables(reference: ReferenceLake, silver: Silver) -> dict[str, Rows]:
    """The rows that the reference gives for each table, by the table's name."""
    places = ("delivery_id", "record_number")
    return {
        "bronze.deliveries": list(reference.deliveries()),
        "bronze.emissions": [row | {"extra_columns": row["extra_columns"] or None} for row in reference.bronze_rows()],
        "silver.emissions": silver_rows(silver),
        "silver.quarantine": quarantine_rows(silver),
        "silver.duplicates": [{name: getattr(row, name) for name in places} for row in silver.duplicates],
        "silver.record_contributions": record_contribution_rows(silver),
        **{f"gold.{table}": build(silver.winners) for table, build in GOLD_TABLES.items()},
    }


def fetch(lake: TestLake, table: str, expected: Rows) -> list[dict[str, Any]]:
    """A table's rows, with the reference's columns."""
    columns = ", ".join(f"`{name}`" for name in expected[0]) if expected else "*"
    return [row.asDict() for row in lake.spark.sql(f"select {columns} from {table}").collect()]


def assert_same(table: str, got: Iterable[dict[str, Any]], expected: Iterable[dict[str, Any]]) -> None:
    """Two tables hold the same rows; digests are each side's own, floats may differ in the last bits."""
    left, right = sorted(map(_plain, got), key=_order), sorted(map(_plain, expected), key=_order)
    assert len(left) == len(right), f"{table}: {len(left)} rows, expected {len(right)}"
    for one, other in zip(left, right, strict=True):
        assert one.keys() == other.keys(), table
        for name, value in one.items():
            wanted = other[name]
            if isinstance(value, float) and isinstance(wanted, float):
                assert math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-12), (table, name, one, other)
            else:
                assert value == wanted, (table, name, one, other)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}
    if str(plain.get("record_key")).startswith("h:"):
        plain["record_key"] = "h:"
    return plain


def _order(row: dict[str, Any]) -> tuple[str, ...]:
    """Rows sort by everything that is exact, floats by what surely agrees of them, tiny ones by their first digits."""
    exact = tuple(str(value) for value in row.values() if not isinstance(value, float))
    floats = [value for value in row.values() if isinstance(value, float)]
    return (*exact, *(f"{value:.6f}" for value in floats), *(f"{value:.9e}" for value in floats))
