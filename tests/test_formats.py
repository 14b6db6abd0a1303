"""Lakes of other versions: an older one is brought to the present form, a newer one is refused untouched."""

import re
from pathlib import Path

import pytest

from bronze.ledger import SQL as BRONZE_SQL
from lake.errors import LakeError
from lake.format import FORMAT, check_format
from lake.queries import SQL as LAKE_SQL
from lake.session import open_session
from tests.conftest import TestLake, delivery

RECORD = "2025-07-01,a.example,video,DE,300x600,mobile,0.1,0.2,0.3,0.6,measured"


def without(statement: str, *columns: str) -> str:
    """A create statement as it was before some of its last columns."""
    for column in columns:
        statement = re.sub(rf",\n    {column} [^\n]*\n", "\n", statement)
    return statement.replace("tblproperties ('lake.format' = '2')", "")


def test_an_older_lake_is_brought_to_the_present_form(lake: TestLake) -> None:
    for folder, name, column in (
        (BRONZE_SQL, "create_deliveries", "renamed_columns"),
        (LAKE_SQL, "create_runs", "steps"),
    ):
        old = without(Path(folder, f"{name}.sql").read_text(), column)
        assert column not in old
        lake.spark.sql(old)
    assert check_format(lake.spark) == 1

    lake.put("a.csv", delivery(RECORD))
    lake.run()
    assert check_format(lake.spark) == FORMAT
    assert lake.rows("select status, renamed_columns from bronze.deliveries") == [
        {"status": "loaded", "renamed_columns": {}}
    ]
    assert lake.rows("select status, steps from audit.runs") == [{"status": "succeeded", "steps": "run"}]


def test_a_newer_lake_is_refused(lake: TestLake) -> None:
    lake.put("a.csv", delivery(RECORD))
    lake.run()
    lake.spark.sql(f"alter table bronze.deliveries set tblproperties ('lake.format' = '{FORMAT + 1}')")
    versions = lake.versions()
    with pytest.raises(LakeError, match="newer version of the lakehouse"):
        open_session(lake.settings)
    with pytest.raises(LakeError, match="Nothing was read or changed"):
        lake.run()
    assert lake.versions() == versions
