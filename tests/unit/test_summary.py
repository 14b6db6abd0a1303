"""What a run says to people."""

import io
from datetime import UTC, datetime

from rich.console import Console

from bronze.ingest import Ingested
from bronze.ledger import Delivery
from lake.runs import RunReport
from lake.summary import print_deliveries


def rejected(reason: str, header: list[str], path: str = "a.csv") -> str:
    """What is said of one rejected delivery."""
    delivery = Delivery(1, path, "0" * 64, 1, 0, "rejected", reason, "2025-07-01", 1, header, "", "run")
    report = RunReport("run", datetime.now(UTC), Ingested(deliveries=[delivery]))
    text = io.StringIO()
    print_deliveries(Console(file=text, soft_wrap=True), report)
    return text.getvalue()


def test_a_header_of_other_names_gets_a_way_out() -> None:
    said = rejected("missing column: date", ["day", "[red]"])
    assert "rejected a.csv: missing column: date" in said
    assert "its columns: day, [red]" in said
    assert "docs/column-names.md" in said


def test_other_rejections_say_their_reason_alone() -> None:
    assert rejected("invalid UTF-8 at byte 3", []).splitlines() == ["rejected a.csv: invalid UTF-8 at byte 3"]


def test_names_are_printed_as_they_are_whatever_they_hold() -> None:
    assert "rejected [/bold]a.csv: [red]" in rejected("[red]", [], "[/bold]a.csv")
