"""Histories of deliveries, replayed by the product and by the independent reference, compared row by row."""

import gzip
import math
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bronze.ledger import undo_withdrawal, withdraw
from lake.settings import REPOSITORY
from tests.conftest import HEADER, TestLake
from tests.reference.audit import conservation
from tests.reference.gold import GOLD_TABLES
from tests.reference.history import ReferenceLake
from tests.reference.silver import build_silver, quarantine_rows, read_countries, silver_rows

COUNTRIES = read_countries(REPOSITORY / "dbt" / "seeds" / "country_names.csv")
DOMAINS = [f"site{number}.example" for number in range(12)]
DEFECTS: list[Callable[[list[str]], None]] = [
    lambda row: row.__setitem__(0, "2025-7-1"),
    lambda row: row.__setitem__(0, "12/31/2999"),
    lambda row: row.__setitem__(1, " \u00a0"),
    lambda row: row.__setitem__(1, "nodot"),
    lambda row: row.__setitem__(2, "radio"),
    lambda row: row.__setitem__(3, ""),
    lambda row: row.__setitem__(3, "Atlantis"),
    lambda row: row.__setitem__(4, "300*600"),
    lambda row: row.__setitem__(5, "fridge"),
    lambda row: row.__setitem__(6, ""),
    lambda row: row.__setitem__(7, "1_000"),
    lambda row: row.__setitem__(8, "-0.5"),
    lambda row: row.__setitem__(9, "0.9"),
    lambda row: row.__setitem__(10, "guessed"),
    lambda row: row.append("one field too many"),
]


class History:
    """Deliveries drawn from a seed, given to the product and the reference alike."""

    def __init__(self, lake: TestLake, seed: int) -> None:
        self.lake = lake
        self.reference = ReferenceLake()
        self.random = random.Random(seed)
        self.paths: list[str] = []
        self.rows: list[list[str]] = []

    def row(self) -> list[str]:
        """A record, mostly valid, sometimes one that was delivered before."""
        if self.rows and self.random.random() < 0.2:
            return list(self.random.choice(self.rows))
        parts = [f"{self.random.randint(0, 10**6) / 10**7:.10f}" for _ in range(3)]
        day = self.random.randint(1, 28)
        row = [
            self.random.choice([f"2025-07-{day:02d}", f"07/{day:02d}/2025", f"2025-08-{day:02d}"]),
            self.random.choice([*DOMAINS, "WWW.Site1.example.", "\u2003site2.example"]),
            self.random.choice(["audio", "banner", "Display", "native", "video"]),
            self.random.choice(["Germany", "DE", "usa", "UK", "NA", "Côte d'Ivoire", "ind"]),
            self.random.choice(["300x600", "728X90"]),
            self.random.choice(["mobile", "Phone", "desktop", "pc", "tablet"]),
            *parts,
            str(sum(map(Decimal, parts))),
            self.random.choice(["measured", "modeled"]),
        ]
        if self.random.random() < 0.12:
            self.random.choice(DEFECTS)(row)
        self.rows.append(row)
        return row

    def content(self) -> bytes:
        """A delivery of up to 40 records, with or without record ids, quotes, CRLF and a BOM."""
        with_ids = self.random.random() < 0.4
        end = self.random.choice(["\n", "\r\n"])
        lines = [HEADER + (",record_id" if with_ids else "")]
        for _ in range(self.random.randint(0, 40)):
            fields = self.row()
            if with_ids:
                fields = [*fields, self.random.choice(["", *(f"r{number}" for number in range(30))])]
            if self.random.random() < 0.1:
                fields = [f'"{field}"' for field in fields]
            lines.append(",".join(fields))
        return (self.random.choice(["", "\ufeff"]) + end.join(lines) + end).encode()

    def put(self, path: str, content: bytes) -> None:
        """Deliver to both."""
        content = gzip.compress(content, mtime=0) if path.endswith(".gz") else content
        self.lake.put(path, content)
        self.reference.put(path, content)
        self.paths.append(path)

    def step(self) -> None:
        """One thing that a source or an operator does."""
        match self.random.randint(0, 5):
            case 0 | 1 | 2:
                name = f"{self.random.choice('abc')}/{len(self.paths)}.csv"
                self.put(name + self.random.choice(["", ".gz"]), self.content())
            case 3:
                if self.paths:
                    self.put(self.random.choice(self.paths), self.content())
            case 4:
                self.put(f"broken{len(self.paths)}.csv", self.random.choice([b"", b"a,b\n1,2\n", b'x"\xff']))
            case _:
                self.withdraw_or_undo()

    def withdraw_or_undo(self) -> None:
        """Take a delivery back, or take that back."""
        accepted = sorted({str(row["path"]) for row in self.reference.deliveries() if row["status"] != "rejected"})
        if not accepted:
            return
        path = self.random.choice(accepted)
        if self.random.random() < 0.6:
            withdraw(self.lake.spark, path)
            self.reference.withdraw(path)
        else:
            undo_withdrawal(self.lake.spark, path, "undo")
            self.reference.undo(path, datetime.now(UTC).date())

    def run(self, **steps: Any) -> None:
        """Run both and compare everything."""
        report = self.lake.run(**steps)
        self.reference.ingest(datetime.now(UTC).date())
        assert_equal_to_reference(self.lake, self.reference)
        expected = conservation(self.reference, COUNTRIES)[0]
        assert {name: report.conservation[name] for name in expected} == expected


def assert_equal_to_reference(lake: TestLake, reference: ReferenceLake) -> None:
    """Ledger, silver, quarantine and every gold table equal the reference row for row."""
    silver = build_silver(reference, COUNTRIES)
    ledger = list(reference.deliveries())
    assert_same("bronze.deliveries", fetch(lake, "bronze.deliveries", ledger), ledger)
    expected = silver_rows(silver)
    assert_same("silver.emissions", fetch(lake, "silver.emissions", expected), expected)
    expected = [
        {name: row[name] for name in ("delivery_id", "record_number", "reasons")} for row in quarantine_rows(silver)
    ]
    assert_same("silver.quarantine", fetch(lake, "silver.quarantine", expected), expected)
    for table, build in GOLD_TABLES.items():
        expected = build(silver.winners)
        assert_same(f"gold.{table}", fetch(lake, f"gold.{table}", expected), expected)


def fetch(lake: TestLake, table: str, expected: list[dict[str, object]]) -> list[dict[str, object]]:
    """A table's rows, with the reference's columns."""
    columns = ", ".join(f"`{name}`" for name in expected[0]) if expected else "*"
    return [row.asDict() for row in lake.spark.sql(f"select {columns} from {table}").collect()]


def assert_same(table: str, got: Iterable[dict[str, object]], expected: Iterable[dict[str, object]]) -> None:
    """Two tables hold the same rows; digests are each side's own, floats may differ in the last bits."""
    left, right = sorted(map(plain, got), key=order), sorted(map(plain, expected), key=order)
    assert len(left) == len(right), f"{table}: {len(left)} rows, expected {len(right)}"
    for one, other in zip(left, right, strict=True):
        assert one.keys() == other.keys(), table
        for name, value in one.items():
            wanted = other[name]
            if isinstance(value, float) and isinstance(wanted, float):
                assert math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-12), (table, name, one, other)
            else:
                assert value == wanted, (table, name, one, other)


def plain(row: dict[str, object]) -> dict[str, object]:
    """A row in comparable form."""
    return {
        name: value[:2]
        if name == "record_key" and str(value).startswith("h:")
        else list(value)
        if isinstance(value, list | tuple)
        else value
        for name, value in row.items()
    }  # type: ignore[index]


def order(row: dict[str, object]) -> tuple[str, ...]:
    """Rows sort by everything that is exact."""
    return tuple(str(value) for value in row.values() if not isinstance(value, float))


@pytest.mark.parametrize("seed", range(2))
def test_a_history_equals_the_reference_after_every_run_and_a_rebuild(lake: TestLake, seed: int) -> None:
    history = History(lake, seed)
    history.run()
    for _ in range(4):
        for _ in range(history.random.randint(1, 4)):
            history.step()
        history.run()
    history.run(full_refresh=True)
