"""`lake verify` recomputes a lake that incremental runs made, and finds what was changed behind their backs."""

import json
import os
import subprocess
from typing import Any

import pytest

from bronze.ledger import withdraw
from bronze.synthetic.deliveries import generate
from bronze.synthetic.recipe import Recipe
from lake.settings import REPOSITORY
from tests.conftest import TestLake

TABLES = {"bronze.emissions", "silver.emissions", "gold.flagged_domains", "audit.conservation"}


def verify(lake: TestLake) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Exit code, comparisons by name, and what was said on stderr."""
    environment = {**os.environ, "LAKE_URI": str(lake.settings.lake_path)}
    command = [REPOSITORY / ".venv" / "bin" / "lake", "verify", "--json"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    compared = json.loads(ended.stdout) if ended.stdout else []
    return ended.returncode, {item["name"]: item for item in compared}, ended.stderr


def test_verify_finds_what_was_changed_by_hand_and_that_all_else_agrees(
    lake: TestLake, pytestconfig: pytest.Config
) -> None:
    landing = lake.settings.landing_path
    for seed in (1, 2):
        generate(landing / f"{seed}.csv", Recipe(rows=300, days=20, seed=seed, issue_rate=0.1))
        lake.run()
    withdraw(lake.spark, "1.csv")
    code, _, said = verify(lake)
    assert code == 1
    assert "lake run first" in said

    lake.run()
    if pytestconfig.getoption("--whole"):
        agrees(lake)

    lake.spark.sql("update silver.quarantine set weight_gco2e = 1 where record_number = 1 or weight_gco2e is not null")
    lake.spark.sql("delete from gold.top_10_domains where rank = 1")
    code, compared, said = verify(lake)
    assert code == 1
    assert "gold.top_10_domains" in said
    assert compared.keys() >= TABLES
    differing = {name for name, item in compared.items() if not item["equal"]}
    assert differing == {"silver.quarantine", "gold.top_10_domains"}
    assert compared["gold.top_10_domains"]["missing_rows"] == 1
    assert compared["gold.top_10_domains"]["surplus_rows"] == 0


def agrees(lake: TestLake) -> None:
    """Nothing differs, and nothing is changed."""
    versions = lake.versions()
    code, compared, said = verify(lake)
    assert (code, said) == (0, "")
    assert all(item["equal"] for item in compared.values())
    assert compared.keys() >= TABLES
    assert lake.versions() == versions
    assert not (lake.settings.lake_path / "_verify").exists()
