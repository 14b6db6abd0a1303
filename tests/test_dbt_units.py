"""dbt's own unit tests, in the session of the other tests; `--unit-tests-of MODEL` runs those of one model."""

import pytest

from lake.transforms import invoke
from tests.conftest import TestLake


def test_every_dbt_unit_test_passes_on_an_empty_lake(lake: TestLake, pytestconfig: pytest.Config) -> None:
    lake.run()  # dbt takes the types of the given rows from the tables
    before = lake.versions()
    model = pytestconfig.getoption("--unit-tests-of")
    selected = f"test_type:unit,{model}" if model else "test_type:unit"
    ended = invoke(lake.spark, lake.settings, ["--log-level", "none", "test", "--select", selected])

    assert ended.exception is None
    outcomes = {node.node.name: (node.status.value, node.message) for node in ended.result.results}
    assert {name: outcome for name, outcome in outcomes.items() if outcome[0] != "pass"} == {}
    assert len(outcomes) > (0 if model else 20)
    assert lake.versions() == before
