"""The static site: every document is a page, every link leads somewhere, a browser shows it from disk."""

import json
import subprocess
from pathlib import Path

import pytest

from lake import site
from lake.settings import REPOSITORY
from tests.pages.browser import NEEDS_CHROMIUM, Browser


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with a stand-in for dbt's page, which takes minutes to make."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "dbt.html").write_text("<!doctype html><title>dbt</title>")
    site.build(folder / "site", folder / "dbt.html")
    return folder / "site"


def test_every_document_is_there_and_every_link_leads_somewhere(made: Path) -> None:
    pages = {document.page for document in site.documents()}
    assert pages >= {"index.html", "docs/methodology.html", "docs/decisions/README.html", "docs/data-dictionary.html"}
    assert all((made / page).is_file() for page in pages)
    assert site.broken_links(made) == []


def test_a_broken_link_is_named(made: Path, tmp_path: Path) -> None:
    for link in ("gone.html", "docs/methodology.html#no-such-heading"):
        (tmp_path / "docs").mkdir(exist_ok=True)
        (tmp_path / "docs" / "methodology.html").write_text((made / "docs" / "methodology.html").read_text())
        (tmp_path / "index.html").write_text(f'<a href="{link}">x</a>')
        assert f"index.html: {link} leads nowhere" in site.broken_links(tmp_path)


@NEEDS_CHROMIUM
def test_a_browser_shows_it_from_disk(browser: Browser, made: Path) -> None:
    for document in site.documents():
        browser.open((made / document.page).as_uri())
        assert browser.problems == [], document.page
        assert all(request.startswith("file:") for request in browser.requests)
        assert browser.eval("document.querySelector('nav [aria-current], nav .home') !== null")
    browser.open((made / "docs" / "data-dictionary.html").as_uri())
    rows: list[str] = browser.eval("[...document.querySelectorAll('main tbody tr')].map(row => row.textContent)")
    assert any("total_gco2e" in row and "g CO2e" in row for row in rows)


@pytest.mark.long
@NEEDS_CHROMIUM
def test_scripts_docs_makes_all_of_it_with_lineage_and_every_column_described(browser: Browser) -> None:
    ended = subprocess.run([REPOSITORY / "scripts" / "docs"], capture_output=True, text=True, check=False, timeout=800)
    assert ended.returncode == 0, ended.stderr
    manifest = json.loads((site.WORK / "target" / "manifest.json").read_text())
    catalog = json.loads((site.WORK / "target" / "catalog.json").read_text())
    for kind in ("nodes", "sources"):
        for name, found in catalog[kind].items():
            described = {column.lower(): one["description"] for column, one in manifest[kind][name]["columns"].items()}
            assert all(described.get(column.lower()) for column in found["columns"]), name
    # dbt's page would load an icon from elsewhere; that alone may fail without a network
    browser.open((site.SITE / site.DBT).as_uri() + "#!/model/model.lakehouse.daily_emissions")
    browser.until(
        "document.body.textContent.includes('the widest daily table') || "
        "document.body.textContent.includes('The widest daily table')"
    )
