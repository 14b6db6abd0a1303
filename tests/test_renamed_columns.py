"""Somebody else's column names, mapped by a `_columns.csv` in the landing folder."""

from pathlib import Path

import pytest

from bronze.landing import list_landing
from bronze.renaming import RenamingError, read_renaming
from tests.conftest import TestLake

FOREIGN_HEADER = "day,publisher,format,market,size,device_type,selection_g,creative_g,media_g,total_g,basis,campaign"
FOREIGN_RECORD = "2025-07-01,a.example,video,DE,300x600,mobile,0.1,0.2,0.3,0.6,measured,spring"
COLUMNS = """name_in_file,column
day,date
publisher,domain
market,country
size,ad_size
device_type,device
selection_g,adSelectionEmissions
creative_g,creativeDistributionEmissions
media_g,mediaDistributionEmissions
total_g,totalEmissions
basis,domainCoverage
"""


def test_a_foreign_delivery_loads_once_its_columns_are_named(lake: TestLake) -> None:
    lake.put("partner/july.csv", f"{FOREIGN_HEADER}\n{FOREIGN_RECORD}\n".encode())
    first = lake.run()
    assert [entry.status for entry in first.ingested.deliveries] == ["rejected"]
    assert "missing column: date, domain" in str(first.ingested.deliveries[0].reason)

    lake.put("partner/_columns.csv", COLUMNS.encode())
    second = lake.run()
    assert [(entry.path, entry.status) for entry in second.ingested.deliveries] == [("partner/july.csv", "loaded")]
    assert lake.rows("select domain, country_code, total_gco2e from silver.emissions") == [
        {"domain": "a.example", "country_code": "DE", "total_gco2e": "0.6000000000"}
    ]
    assert lake.rows("select extra_columns from bronze.emissions") == [{"extra_columns": {"campaign": "spring"}}]
    ledger = lake.rows("select header, renamed_columns from bronze.deliveries where status = 'loaded'")
    assert ledger[0]["header"] == FOREIGN_HEADER.split(",")
    assert ledger[0]["renamed_columns"]["publisher"] == "domain"
    assert second.ingested.ignored[0].reason == "it names the columns of the deliveries in its folder"

    versions = lake.versions()
    lake.run()
    assert lake.versions() == versions


def test_a_renaming_holds_below_its_folder_and_the_nearest_wins(tmp_path: Path) -> None:
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    for folder in ("a", "a/b", "a/b/c"):
        (tmp_path / folder / "d.csv").write_text("x")
    (tmp_path / "a" / "_columns.csv").write_text("name_in_file,column\nday,date\n")
    (tmp_path / "a" / "b" / "_columns.csv").write_text("name_in_file,column\nsite,domain\n")
    found, _ = list_landing(tmp_path)
    assert {item.path: item.renaming for item in found} == {
        "a/d.csv": {"day": "date"},
        "a/b/d.csv": {"site": "domain"},
        "a/b/c/d.csv": {"site": "domain"},
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with the line"),
        (b"from,to\na,date\n", "must begin with the line"),
        (b"name_in_file,column\nday,dates\n", "line 2: expected a name and one of date"),
        (b"name_in_file,column\nday\n", "line 2"),
        (b"name_in_file,column\nday,date\nday,domain\n", "line 3: day stands twice"),
        (b"name_in_file,column\n\xff,date\n", "cannot be read"),
    ],
)
def test_a_renaming_that_cannot_be_meant_keeps_its_folder_out(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "_columns.csv").write_bytes(content)
    (tmp_path / "p" / "d.csv").write_text("x")
    (tmp_path / "other.csv").write_text("x")
    with pytest.raises(RenamingError, match=message):
        read_renaming(tmp_path / "p" / "_columns.csv")
    found, ignored = list_landing(tmp_path)
    assert [item.path for item in found] == ["other.csv"]
    assert message in {item.path: item.reason for item in ignored}["p/d.csv"]
