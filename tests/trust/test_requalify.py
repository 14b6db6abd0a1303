"""Another threshold: rows move in or out of quarantine, the run says which, and diff names the rule."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from lake import transforms
from lake.diff import difference
from tests.conftest import TestLake, delivery


def record(site: str, stated: str) -> str:
    return f"2025-07-01,{site}.example,video,DE,300x600,mobile,0.1,0.2,0.3,{stated},measured"


def under(patch: pytest.MonkeyPatch, code: str, variables: str) -> None:
    """Give dbt other variables, as another dbt_project.yml would."""
    usual = transforms._with_rules

    def with_variables(arguments: Sequence[str]) -> list[str]:
        return usual([*arguments, "--vars", variables])

    patch.setattr(transforms, "_with_rules", with_variables)
    patch.setattr("lake.recording.code_version", lambda: code)


def moved(lake: TestLake) -> list[tuple[str, str, int, Decimal]]:
    groups = lake.run(ingest=False, requalify=True).requalified
    assert groups is not None
    return [(each["direction"], each["reasons"], each["row_count"], each["weight_gco2e"]) for each in groups]


def test_another_threshold_moves_rows_and_is_named(
    lake: TestLake, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    lake.put(
        "a.csv", delivery(record("exact", "0.6"), record("near", "0.601"), record("far", "0.7"), record("", "0.601"))
    )
    before = lake.run()
    assert before.conservation["quarantined_rows"] == 3
    # What comes meanwhile has not moved.
    lake.put("b.csv", delivery(record("late", "0.7")))
    lake.ingest()
    assert moved(lake) == []

    with monkeypatch.context() as patch:
        under(patch, "wider", '{"total_mismatch_gco2e": "0.01"}')
        assert moved(lake) == [("taken in", "total_mismatch", 1, Decimal("0.6"))]
        wider = lake.rows("select run_id from audit.runs order by started_at desc limit 1")[0]["run_id"]
        assert lake.rows("select reasons from silver.quarantine where record_number = 4") == [
            {"reasons": ["invalid_domain"]}
        ]
    change = difference(lake.settings, before.run_id, wider, "gold.daily_emissions", "date")
    assert [(each["cause"], Decimal(each["change_gco2e"])) for each in change.causes] == [
        ("changed_rule", Decimal("0.6"))
    ]
    assert change.is_whole
    assert moved(lake) == [("refused", "total_mismatch", 1, Decimal("0.6"))]

    if pytestconfig.getoption("--whole"):
        with monkeypatch.context() as patch:
            under(patch, "wider", '{"total_mismatch_share": 0.01}')
            assert moved(lake) == [("taken in", "total_mismatch", 1, Decimal("0.6"))]
        # What was made under other variables is made anew without being asked to.
        lake.run()
        assert lake.rows("select count(*) as n from silver.quarantine") == [{"n": 4}]
