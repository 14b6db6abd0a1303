"""Delivered text on a terminal: no commands, no invisible characters, no floods."""

import io

import pytest
from rich.console import Console

from bronze.ingest import Ingested
from bronze.landing import Ignored
from bronze.ledger import Delivery
from lake.cli import _fail
from lake.output import print_rows
from lake.runs import RunReport
from lake.summary import print_deliveries
from lake.terminal import listed, printable, shortened

HOSTILE = "\x1b]0;x\x07\x9b2J\u202e\u200b\r\n"


def test_what_a_terminal_could_obey_or_hide_stands_as_escapes() -> None:
    assert printable(f"é 名[red]{HOSTILE}") == r"é 名[red]\x1b]0;x\x07\x9b2J\u202e\u200b\r\n"


def test_long_values_and_lists_are_cut_and_say_so() -> None:
    assert shortened("x" * 1_000) == "x" * 1_000
    assert shortened("x" * 10_000_000).endswith("x… (10,000,000 characters, --json shows all)")
    assert listed(["", *map(str, range(10_000))]).endswith("18, and 9,981 more")


def test_a_run_shows_hostile_paths_columns_and_reasons_as_text() -> None:
    entry = Delivery(
        delivery_id=1,
        path=f"{HOSTILE}.csv",
        content_sha256="",
        size_bytes=1,
        row_count=1,
        status="loaded",
        reason=None,
        loaded_at="",
        event_number=1,
        header=[HOSTILE, *map(str, range(10_000))],
        fingerprint="",
        run_id="",
    )
    rejected = Delivery(**{**vars(entry), "status": "rejected", "reason": f"missing column: {HOSTILE}"})
    report = RunReport("run", None)
    report.ingested = Ingested(deliveries=[entry, rejected], ignored=[Ignored(HOSTILE, HOSTILE)])
    out = io.StringIO()
    print_deliveries(Console(file=out, soft_wrap=True), report)
    shown = out.getvalue()
    assert len(shown) < 3_000
    assert all(line.isprintable() for line in shown.split("\n"))


def test_rows_and_errors_show_hostile_values_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([HOSTILE], [{HOSTILE: HOSTILE}, {HOSTILE: [HOSTILE]}])
    _fail(f"no such delivery: {HOSTILE}")
    printed = capsys.readouterr()
    assert all(line.isprintable() for line in (printed.out + printed.err).split("\n"))
