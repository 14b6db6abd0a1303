"""Whether the figures of a page were given out: it says so at its top, of all of its days or of some."""

from datetime import date
from pathlib import Path

from lake.manifest import Period
from lake.release import Wanted, release
from lake.report import gather, open_run
from lake.report_page import render, write
from tests import places
from tests.conftest import TestLake, unregistered
from tests.pages.browser import NEEDS_CHROMIUM, Browser
from tests.pages.conftest import delivered, drawn

pytestmark = NEEDS_CHROMIUM
FIRST_DAY = date(2025, 7, 1)
MIDDLE = date(2025, 8, 14)
LAST_DAY = date(2025, 8, 31)


def page_of(folder: Path, copy: Path) -> Path:
    """The report of the last run, as a process of its own would write it, made from a copy of the lake."""
    with unregistered(places.copied(folder, copy)) as lake:
        spark, run = open_run(lake.settings, None)
        return write(copy / "out", "report.html", render(gather(spark, lake.settings, run)))


def give_out(folder: Path, name: str, last_day: date) -> None:
    """Release the days up to this one as the last run left them."""
    lake = TestLake(folder)
    try:
        release(lake.spark, lake.settings, Wanted(name, Period(FIRST_DAY, last_day)))
    finally:
        lake.leave()


def test_it_says_which_of_its_days_were_released(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    delivered(folder)
    others = "All other days are provisional."
    drawn(browser, page_of(folder, tmp_path / "provisional"))
    assert browser.text("#status") == "Provisional"

    give_out(folder, "first-half", MIDDLE)
    drawn(browser, page_of(folder, tmp_path / "partly"))
    assert browser.text("#status") == "Partly released"
    assert f"Released as first-half: {FIRST_DAY} to {MIDDLE}. {others}" in browser.eval("document.body.textContent")

    give_out(folder, "all-of-it", LAST_DAY)
    drawn(browser, page_of(folder, tmp_path / "wholly"))
    assert browser.text("#status") == "Released"
    said = f"Released as first-half: {FIRST_DAY} to {MIDDLE}; all-of-it: {FIRST_DAY} to {LAST_DAY}."
    assert said in browser.eval("document.body.textContent")
    assert others not in browser.eval("document.body.textContent")
    assert browser.problems == []
