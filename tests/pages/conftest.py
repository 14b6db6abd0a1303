"""One browser for all tests of this folder, and one lake with a delivery that tries to break out of the page."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from lake.report import Report, gather, open_run
from lake.report_page import render, write
from lake.settings import REPOSITORY
from tests.conftest import TestLake, delivery, unregistered
from tests.pages.browser import Browser

HOSTILE_PATH = 'it\'s <b>"bold"<∕b> & <script>window.hacked = 1;.csv'
HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror=window.hacked=2>",
    "' onmouseover='window.hacked=3",
    '=HYPERLINK(""http://127.0.0.1:9/"";""x"")',
    "\u202egnp.exe\u2066",
    "{{ 7 * 7 }}<!--",
    "]]>\u2028&lt;b&gt;",
)
# Valid but for the field that each value stands in; the first such a one, the date.
HOSTILE_RECORDS = [
    f'"{value}",a.example,video,Germany,300x250,mobile,0.1,0.2,0.3,0.6,measured' for value in HOSTILE[:3]
] + [f'2025-07-01,"{value}",video,Germany,300x250,mobile,0.1,0.2,0.3,0.6,measured' for value in HOSTILE[3:]]
MALFORMED = "<svg onload=window.hacked=4>"


@dataclass(frozen=True)
class Reported:
    """A lake at rest after two runs, their identities, and the report of the last as a page in a file."""

    lake: TestLake
    runs: tuple[str, str]
    report: Report
    file: Path

    def one(self, query: str) -> dict[str, object]:
        """The only row of a query, of the lake as the last run left it."""
        (row,) = self.lake.rows(query)
        return row


def delivered(folder: Path) -> tuple[str, str]:
    """Make the lake of the example and the hostile delivery, each taken in by a run; returns the runs' identities."""
    lake = TestLake(folder)
    try:
        lake.put("example.csv", (REPOSITORY / "examples" / "example.csv").read_bytes())
        first = lake.run()
        late = "2025-08-31,late.example,video,Germany,300x250,mobile,0.1,0.2,0.3,0.6,measured"
        lake.put(HOSTILE_PATH, delivery(late, *HOSTILE_RECORDS, MALFORMED))
        return first.run_id, lake.run().run_id
    finally:
        lake.leave()


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reported]:
    """The report of the last run of that lake."""
    folder = tmp_path_factory.mktemp("reported")
    runs = delivered(folder)
    with unregistered(folder) as looking:
        spark, run = open_run(looking.settings, None)
        report = gather(spark, looking.settings, run)
        file = write(folder / "out", "report.html", render(report))
        yield Reported(looking, runs, report, file)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser, in which the size of the window is that of a small laptop."""
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


def drawn(browser: Browser, file: Path) -> Browser:
    """The page, once its plots are there."""
    browser.open(file.as_uri())
    browser.until("Number(document.documentElement.dataset.drawn) >= 1")
    return browser


def plain(text: str) -> Decimal:
    """A figure of the page as the number that it is."""
    return Decimal(text.replace(",", ""))
