"""dbt's own unit tests, in the session of the other tests."""

from lake.transforms import invoke
from tests.conftest import TestLake


def test_every_dbt_unit_test_passes_on_an_empty_lake(lake: TestLake) -> None:
    lake.run()  # dbt takes the types of the given rows from the tables
    before = lake.versions()
    ended = invoke(lake.spark, lake.settings, ["--log-level", "none", "test", "--select", "test_type:unit"])

    assert ended.exception is None
    outcomes = {node.node.name: (node.status.value, node.message) for node in ended.result.results}
    assert {name: outcome for name, outcome in outcomes.items() if outcome[0] != "pass"} == {}
    assert len(outcomes) > 20
    assert lake.versions() == before
