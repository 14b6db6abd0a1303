"""The report in a real browser: it draws, its figures are SQL's, its filters are exact, and no value becomes code."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from lake import report as reporting
from lake.errors import UsageError
from lake.report import (
    GRAINS,
    MOST_CELLS,
    MOST_DOMAINS,
    MOST_FLAGGED_DAYS,
    MOST_LETTERS,
    REFUSED_A_REASON,
    gather,
    open_run,
)
from lake.report_page import PARTS, render, write
from tests.pages.browser import NEEDS_CHROMIUM, Browser
from tests.pages.conftest import HOSTILE, HOSTILE_PATH, Reported, drawn, plain

pytestmark = NEEDS_CHROMIUM
TEXTS = ("date", "domain", "format", "country", "ad_size", "device", "ad_selection", "stated_total", "coverage")
DIMENSIONS = ("country_code", "domain", "ad_format", "device")
CONTRAST = """(() => {
  const paint = (colour) => { const made = document.createElement('canvas').getContext('2d');
    made.fillStyle = colour; made.fillRect(0, 0, 1, 1); return [...made.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const light = (colour) => paint(colour).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const name = (variable) => getComputedStyle(document.documentElement).getPropertyValue(variable);
  const ratio = (one, other) => { const [low, high] = [light(name(one)), light(name(other))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05); };
  return Object.fromEntries(['--ink', '--quiet', '--fine', '--accent', '--provisional', '--released', '--flag']
    .flatMap((ink) => ['--paper', '--card'].map((paper) => [`${ink} on ${paper}`, ratio(ink, paper)])));
})()"""


def choose(browser: Browser, **chosen: str) -> None:
    """Choose in the filters what is shown under these texts, as a user does."""
    before = browser.eval("document.documentElement.dataset.drawn")
    for name, text in chosen.items():
        place = f"document.getElementById({json.dumps(name)})"
        wanted = f"[...{place}.options].find(one => one.text === {json.dumps(text)}).value"
        browser.eval(f"{place}.value = {wanted}; {place}.dispatchEvent(new Event('change', {{bubbles: true}}))")
    browser.until(f"Number(document.documentElement.dataset.drawn) >= {before} + {len(chosen)}")


def test_it_draws_and_asks_nobody(browser: Browser, reported: Reported) -> None:
    drawn(browser, reported.file)
    assert browser.problems == []
    assert browser.requests == [reported.file.as_uri()]
    for name in ("trend", *DIMENSIONS):
        bars = browser.eval(f"document.querySelectorAll('#{name}-plot svg .mark-rect path').length")
        assert bars == len(browser.cells(f"#{name}-table")) * (2 if name == "trend" else 1)
        described = f"document.querySelector('#{name}-plot').getAttribute('aria-label')"
        assert browser.eval(described).endswith("the table below has every figure.")
    marks = len(reported.report.flagged_days) + sum(row["is_outlier"] for row in reported.report.domains)
    assert marks >= 3
    assert browser.eval("document.querySelectorAll('#trend-plot svg .layer_1_marks path').length") == marks
    assert browser.eval("document.querySelector('h1') !== null && document.documentElement.lang === 'en'")
    assert browser.eval("[...document.querySelectorAll('select')].every(one => one.closest('label'))")


def test_its_figures_are_those_of_sql(browser: Browser, reported: Reported) -> None:
    drawn(browser, reported.file)
    account = reported.one(f"select * from audit.conservation where run_id = '{reported.runs[1]}'")
    terms = browser.eval("[...document.querySelectorAll('#account .number')].map(one => one.textContent)")
    places = ("delivered", "silver", "quarantined", "duplicate", "superseded")
    assert [plain(text) for text in terms] == [Decimal(str(account[f"{place}_gco2e"])) for place in places]
    assert plain(terms[0]) == sum(map(plain, terms[1:]), Decimal(0))

    total = reported.one("select sum(record_count) as records, sum(total_gco2e) as grams from gold.daily_emissions")
    assert plain(browser.text("#total").removesuffix(" g CO2e")) == Decimal(str(total["grams"]))
    assert plain(browser.text("#selected-total")) == Decimal(str(total["grams"]))
    for dimension in DIMENSIONS:
        rows = reported.lake.rows(
            f"select {dimension} as name, sum(total_gco2e) as grams, sum(record_count) as records "
            f"from gold.daily_emissions group by {dimension} order by grams desc, name"
        )
        named = [(row["name"], Decimal(row["grams"]), row["records"]) for row in rows[:10]]
        others = rows[10:]
        if others:
            grams = sum((Decimal(row["grams"]) for row in others), Decimal(0))
            named.append((f"{len(others)} others", grams, sum(row["records"] for row in others)))
        shown = browser.cells(f"#{dimension}-table")
        assert [(row[0], plain(row[1]), int(plain(row[3]))) for row in shown] == named
    days = reported.lake.rows(
        "select activity_date, sum(record_count) as records, sum(total_gco2e) as grams, "
        "sum(if(domain_coverage = 'measured', total_gco2e, 0)) as measured "
        "from gold.daily_emissions group by activity_date order by activity_date"
    )
    trend = [(row[0], int(plain(row[1])), plain(row[2]), plain(row[3])) for row in browser.cells("#trend-table")]
    assert trend == [
        (row["activity_date"], row["records"], Decimal(row["grams"]), Decimal(row["measured"])) for row in days
    ]


def test_filters_change_every_figure_exactly(browser: Browser, reported: Reported) -> None:
    drawn(browser, reported.file)
    everything = browser.text("#selected-total")
    top = browser.cells("#domain-table")[0][0]
    choose(browser, device="mobile", ad_format="video")
    of_both = "device = 'mobile' and ad_format = 'video'"
    choose(browser, **{"from": "2025-08-01", "to": "2025-08-14"})
    of_days = f"{of_both} and activity_date between '2025-08-01' and '2025-08-14'"
    row = reported.one(
        f"select sum(total_gco2e) as g, sum(record_count) as n from gold.daily_emissions where {of_days}"
    )
    assert plain(browser.text("#selected-total")) == Decimal(str(row["g"])) != plain(everything)
    assert int(plain(browser.text("#selected-records"))) == row["n"]
    assert len(browser.cells("#device-table")) == 1
    assert all("2025-08-01" <= line[0] <= "2025-08-14" for line in browser.cells("#trend-table"))

    browser.eval("document.querySelector('#filters button').click()")
    browser.until(f"document.querySelector('#selected-total').textContent === {json.dumps(everything)}")
    choose(browser, domain=top, domain_coverage="measured")
    where = f"domain = '{top}' and domain_coverage = 'measured'"
    row = reported.one(f"select coalesce(sum(total_gco2e), 0) as g from gold.daily_emissions where {where}")
    shown = browser.text("#selection")
    assert Decimal(str(row["g"])) == (plain(browser.text("#selected-total")) if "g CO2e" in shown else 0)
    assert browser.problems == []


def test_delivered_texts_stay_texts(browser: Browser, reported: Reported, tmp_path: Path) -> None:
    # Every text of the page is hostile, those too that the lake's rules would have refused.
    found = reported.report
    rows = [{**found.refused[0], **dict.fromkeys(TEXTS, value), "path": value, "reasons": [value]} for value in HOSTILE]
    hostile = replace(
        found,
        refused=[{**row, "malformed_line": None} for row in rows] + [{**rows[0], "malformed_line": HOSTILE[0]}],
        flagged_days=[{**found.flagged_days[0], "domain": value} for value in HOSTILE],
        domains=[{**found.domains[0], "is_outlier": True, "domain": value} for value in HOSTILE],
        cells=[{**cell, "domain": HOSTILE[place % len(HOSTILE)]} for place, cell in enumerate(found.cells)],
        change={**found.change, "causes": [{**found.change["causes"][0], "path": value} for value in HOSTILE]},
    )
    for page in (reported.file, write(tmp_path, "hostile.html", render(hostile))):
        drawn(browser, page)
        assert browser.eval("typeof window.hacked") == "undefined"
        assert (
            browser.eval(
                "document.querySelectorAll('img, iframe, b script, main script, object, a[href^=http]').length"
            )
            == 0
        )
        assert browser.problems == []
        assert browser.requests == [page.as_uri()]
    shown = browser.eval("[...document.querySelectorAll('#refused-table .delivered')].map(one => one.textContent)")
    assert set(HOSTILE) <= set(shown)
    assert {row[1] for row in browser.cells("#flagged-table")} == {value.strip() for value in HOSTILE}
    assert {row[0] for row in browser.cells("#domain-table")} == {value.strip() for value in HOSTILE}


def test_a_page_is_below_five_megabytes_whatever_the_lake_holds(reported: Reported) -> None:
    found = reported.report
    longest = f"{'x' * 63}.{'y' * 63}.{'z' * 63}.example"
    most = "99999999999999.9999999999"
    full = replace(
        found,
        cells=[
            {**found.cells[0], "bucket": f"{2000 + number // 360}-01-{1 + number % 28:02d}", "record_count": 10**9}
            | dict.fromkeys(PARTS, most)
            for number in range(MOST_CELLS)
        ],
        domains=[{**found.domains[0], "is_outlier": True, "domain": longest} for _ in range(2 * MOST_DOMAINS)],
        flagged_days=[{**found.flagged_days[0], "domain": longest} for _ in range(MOST_FLAGGED_DAYS)],
        refused=[
            {**found.refused[0], **dict.fromkeys(TEXTS, "&" * MOST_LETTERS)} for _ in range(15 * REFUSED_A_REASON)
        ],
        countries=[found.countries[0] for _ in range(250)],
    )
    assert len(render(full).encode()) < 5_000_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_light_dark_narrow_and_on_paper(browser: Browser, reported: Reported, scheme: str) -> None:
    browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    drawn(browser, reported.file)
    # WCAG 2.2, success criterion 1.4.3
    low = {pair: ratio for pair, ratio in browser.eval(CONTRAST).items() if ratio < 4.5}
    assert low == {}
    for width in (1280, 390):
        browser.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        browser.until("document.documentElement.scrollWidth <= window.innerWidth")
    browser.send("Emulation.clearDeviceMetricsOverride")
    browser.send("Emulation.setEmulatedMedia", media="print", features=[])
    assert browser.eval("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    browser.send("Emulation.setEmulatedMedia", media="", features=[])


def test_a_lake_that_is_too_large_for_days_is_told_by_longer_ones(
    browser: Browser, reported: Reported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = reported.one("select sum(total_gco2e) as grams from gold.daily_emissions")
    monkeypatch.setattr(reporting, "MOST_CELLS", 40)
    spark, run = open_run(reported.lake.settings, None)
    found = gather(spark, reported.lake.settings, run, with_causes=False)
    assert (found.grain, found.most_names) == GRAINS[-1]
    assert len(found.cells) <= 40
    drawn(browser, write(tmp_path, "few.html", render(found)))
    assert plain(browser.text("#selected-total")) == Decimal(str(total["grams"]))
    assert browser.problems == []


def test_an_earlier_run_is_reported_as_it_was(reported: Reported) -> None:
    spark, run = open_run(reported.lake.settings, reported.runs[0])
    found = gather(spark, reported.lake.settings, run, with_causes=False)
    assert run.run_id == reported.runs[0]
    assert found.account["delivered_rows"] == 1400
    assert found.change["missing"] == "there is no earlier run with other figures"
    assert reported.report.change["explained"]
    assert [cause["path"] for cause in reported.report.change["causes"]] == [HOSTILE_PATH]
    assert reported.report.change["total"]["change_gco2e"] == "0.6000000000"
    with pytest.raises(UsageError, match="no run is"):
        open_run(reported.lake.settings, "never")
