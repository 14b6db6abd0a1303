"""The page that a run writes by itself: by default, only where there is news, and never at the cost of the run."""

import os

import pytest

from lake.errors import LakeError, UsageError
from lake.report import open_run
from lake.settings import Settings
from tests.conftest import TestLake, delivery
from tests.pages.browser import NEEDS_CHROMIUM, Browser
from tests.pages.conftest import drawn, plain

pytestmark = NEEDS_CHROMIUM


def test_a_run_writes_it_by_default_and_never_fails_for_it(browser: Browser, lake: TestLake) -> None:
    with pytest.raises(LakeError, match="lake run makes one"):
        open_run(lake.settings, None)
    file = lake.settings.report_folder / "report.html"
    lake.settings = Settings(lake_uri=lake.settings.lake_uri, landing_uri=lake.settings.landing_uri, lake_report="on")
    made = lake.run()
    assert made.report_file == file
    assert made.run_id in file.read_text(encoding="utf-8")
    drawn(browser, file)
    assert browser.problems == []
    assert plain(browser.text("#total").removesuffix(" g CO2e")) == 0
    assert "no records yet" in browser.text("#selection")

    written = file.stat().st_mtime_ns
    assert lake.run().report_file == file
    assert file.stat().st_mtime_ns == written, "nothing is new"
    stale = file.read_bytes()
    file.unlink()
    file.mkdir()  # nothing can be put in its place
    (file / "kept").touch()
    lake.put("new.csv", delivery())
    failed = lake.run()
    assert failed.report_file is None
    assert "cannot write" in str(failed.report_failure)
    assert failed.conservation["balanced"]

    (file / "kept").unlink()
    file.rmdir()
    file.write_bytes(stale)
    os.utime(file, ns=(written, written))
    healed = lake.run()
    assert healed.report_file == file
    assert healed.run_id in file.read_text(encoding="utf-8"), "a page of an earlier run does not pass for this one's"

    with pytest.raises(UsageError, match="give on, off or auto"):
        _ = Settings(lake_report="yes").run_reports
