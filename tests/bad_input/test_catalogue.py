"""Every case of the catalogue in one landing area, taken in by one run, and its page."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from bronze import ingest
from bronze.records import Framed, HashingReader, frame
from lake.settings import REPOSITORY
from tests import places
from tests.bad_input.case import Loaded, Rejected, record, text_of
from tests.bad_input.catalogue import CASES
from tests.bad_input.names import PASSED
from tests.conftest import TestLake
from tests.histories.comparing import assert_conserved, assert_equal_to_reference
from tests.reference.history import ReferenceLake

GROWING = "growing.csv"


class Landed:
    """A lake after one run over the whole catalogue, the reference beside it."""

    def __init__(self, folder: Path) -> None:
        self.lake, self.reference = TestLake(folder), ReferenceLake()
        # MinIO takes no key with a part `..`, whatever stands between the parts.
        self.cases = [case for case in CASES if not (places.is_on_s3() and ".." in case.path)]
        for case in self.cases:
            self.lake.put(case.path, case.content)
            self.reference.put(case.path, case.content)
        # Folders, links and pipes: on S3 there are none.
        self.passed = [] if places.is_on_s3() else PASSED
        for passed in self.passed:
            file = self.lake.settings.landing_path / passed.path
            if not file.is_dir():
                passed.make(file)
        self.lake.put(GROWING, text_of(record(GROWING)))
        with pytest.MonkeyPatch.context() as growing:
            growing.setattr(ingest, "frame", self._frame_while_growing)
            self.report = self.lake.run(on_step=self._step)
        self.reference.ingest(datetime.now(UTC).date())
        ledger = self.lake.rows("select * from bronze.deliveries")
        self.ledger: dict[str, dict[str, Any]] = {row["path"]: row for row in ledger}

    def _step(self, name: str) -> None:
        self.step = name

    def _frame_while_growing(self, source: HashingReader, *, gz: bool, delivery_id: int, staged: BinaryIO) -> Framed:
        if self.step == f"reading {GROWING}":
            if places.is_on_s3():
                self.lake.put(GROWING, text_of(record(GROWING)) + b"2025-07-0")
            else:
                with (self.lake.settings.landing_path / GROWING).open("ab") as growing:
                    growing.write(b"2025-07-0")
        return frame(source, gz=gz, delivery_id=delivery_id, staged=staged)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landed]:
    made = Landed(tmp_path_factory.mktemp("bad"))
    yield made
    made.lake.close()


def test_there_are_at_least_a_hundred_files_each_of_its_own_name() -> None:
    paths = [*(case.path for case in CASES), *(passed.path for passed in PASSED)]
    assert len(set(paths)) == len(paths) >= 100


def test_each_file_has_its_outcome_in_the_ledger(landed: Landed) -> None:
    got = {path: (row["status"], row["reason"], row["row_count"]) for path, row in landed.ledger.items()}
    expected = {
        case.path: ("rejected", case.outcome.reason, 0)
        if isinstance(case.outcome, Rejected)
        else ("loaded", None, case.outcome.records)
        for case in landed.cases
    }
    assert got == expected


def test_each_record_is_in_silver_or_refused_for_its_reasons(landed: Landed) -> None:
    paths = {row["delivery_id"]: path for path, row in landed.ledger.items()}
    refused: dict[str, dict[int, tuple[str, ...]]] = {case.path: {} for case in landed.cases}
    for row in landed.lake.rows("select delivery_id, record_number, reasons from silver.quarantine"):
        refused[paths[row["delivery_id"]]][row["record_number"]] = tuple(row["reasons"])
    loaded = {case.path: case.outcome for case in landed.cases if isinstance(case.outcome, Loaded)}
    assert {path: reasons for path, reasons in refused.items() if reasons} == {
        path: dict(outcome.refused) for path, outcome in loaded.items() if outcome.refused
    }
    silver = landed.lake.rows("select delivery_id, count(*) as n from silver.emissions group by delivery_id")
    assert {paths[row["delivery_id"]]: row["n"] for row in silver} == {
        path: outcome.records - len(outcome.refused)
        for path, outcome in loaded.items()
        if outcome.records > len(outcome.refused)
    }


def test_every_table_equals_the_reference_and_every_row_is_accounted_for(landed: Landed) -> None:
    assert_equal_to_reference(landed.lake, landed.reference)
    assert_conserved(landed.report.conservation, landed.reference)


def test_what_is_no_delivery_is_reported_with_its_reason(landed: Landed) -> None:
    got = {item.path: item.reason for item in landed.report.ingested.ignored}
    expected = {passed.path: passed.reason for passed in landed.passed}
    assert got == expected | {GROWING: "it changed while it was read; the next run reads it again"}


def test_formulas_are_kept_as_delivered_and_evaluated_by_nothing(landed: Landed) -> None:
    formulas = [case for case in landed.cases if case.path.startswith("f-")]
    ids = {landed.ledger[case.path]["delivery_id"]: case for case in formulas}
    for table in ("bronze.emissions", "silver.quarantine"):
        rows = landed.lake.rows(f"select * from {table} where delivery_id in ({', '.join(map(str, ids))})")
        assert len(rows) == len(formulas)
        for row in rows:
            line = ids[row["delivery_id"]].content.decode().splitlines()[1].split(",")
            assert (row["domain"], row["adSelectionEmissions"]) == (line[1], line[6]), table


def test_a_file_that_grew_is_loaded_by_the_run_that_finds_it_at_rest(landed: Landed) -> None:
    landed.lake.put(GROWING, text_of(record(GROWING), record(GROWING, 2)))
    found = landed.lake.ingest()
    assert [(entry.path, entry.row_count) for entry in found.deliveries] == [(GROWING, 2)]
    assert found.unchanged_count == len(landed.cases)


def test_the_page_is_what_the_catalogue_says(tmp_path: Path) -> None:
    made = tmp_path / "made.md"
    generator = REPOSITORY / "scripts" / "make-bad-input-table"
    subprocess.run([sys.executable, generator, made], check=True, capture_output=True)
    assert made.read_text() == (REPOSITORY / "docs" / "bad-input.md").read_text(), "run scripts/make-bad-input-table"
