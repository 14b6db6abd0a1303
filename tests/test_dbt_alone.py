"""Whatever dbt alone builds, in any order, at any moment: the next run brings every table to the reference.

`scripts/test` tries a few cases; `scripts/test tests/test_dbt_alone.py --histories 300` tries hundreds.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from lake.tables import table_versions
from tests.dbt_alone.calls import a_call, breaking_off, dbt, messages
from tests.dbt_alone.tampering import by_hand, moved, without_a_table
from tests.histories.history import How, Kind, Step, drawn_step
from tests.histories.replay import Replay

# Statements of a whole build; a call breaks off at one of them.
MOST_STATEMENTS = 60


def take_steps(replay: Replay, random: Random) -> None:
    """What sources and operators do, sometimes with the ledger ahead of silver in between."""
    for _ in range(random.randint(0, 3)):
        replay.take(drawn_step(random))
        if random.random() < 0.5:
            replay.lake.ingest()
            replay.reference.ingest(datetime.now(UTC).date())


def test_after_any_call_of_dbt_the_next_run_equals_the_reference(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    cases = pytestconfig.getoption("--histories") // 4 + 1
    replay = Replay(tmp_path / "new")
    for case in range(cases):
        random = Random(case)
        done: list[object] = [f"case {case}"]
        take_steps(replay, random)
        # The first case is a lake without silver and gold.
        if case and random.random() < 0.4:
            done.append(by_hand(replay.lake, random))
        elif case and random.random() < 0.3:
            replay = moved(replay, f"moved-{case}", without_a_table(random))
        for _ in range(random.randint(1, 3)):
            words = a_call(random)
            breaks_at = random.randrange(MOST_STATEMENTS) if random.random() < 0.25 else None
            done.append((words, breaks_at))
            with breaking_off(breaks_at):
                dbt(replay.lake, *words)
        try:
            replay.run(random.choice([How.RUN, How.RUN, How.BY_LAYER, How.INGEST_THEN_BUILD]))
        except BaseException as error:
            error.add_note(f"{done}")
            raise
    replay.close()


@pytest.mark.long
def test_what_dbt_alone_must_not_claim(tmp_path: Path) -> None:
    replay = Replay(tmp_path / "first")
    for seed in (1, 2):
        replay.take(Step(Kind.NEW, 0, seed))
    replay.run()
    before = table_versions(replay.lake.settings.lake_path)

    for words in (
        ["run", "--empty"],
        ["retry"],
        ["run", "--full-refresh", "--select", "path:../gold", "--sample", "3 days"],
    ):
        assert "would leave rows out" in messages(dbt(replay.lake, *words)), words
    for words in (
        ["test", "--select", "test_type:data"],
        ["docs", "generate"],
        ["compile"],
        ["parse"],
        ["ls"],
        ["show", "--select", "top_10_domains"],
        ["source", "freshness"],
    ):
        assert dbt(replay.lake, *words).success, words
    assert table_versions(replay.lake.settings.lake_path) == before, "nothing was written"

    # Names by hand in the country seed must not get into silver under a valid place.
    replay.lake.spark.sql("update silver.country_names set country_code = 'ZZ'")
    refused = dbt(replay.lake, "run", "--select", "emissions", "quarantine", "duplicates", "--full-refresh")
    assert messages(refused).count("run scripts/dbt seed first") == 2, "duplicates follow emissions and are skipped"
    assert dbt(replay.lake, "build", "--select", "country_names", "emissions").success
    replay.take(Step(Kind.NEW, 0, 3))
    replay.run()

    # Silver comes back from a backup and goes on: the same version numbers, other commits.
    emissions = Path("lake", "silver", "emissions")
    shutil.copytree(replay.folder / emissions, tmp_path / "backup")
    replay.take(Step(Kind.NEW, 0, 4))
    replay.run()
    seen = replay.lake.versions()["silver.emissions"]

    def put_back(copy: Replay) -> None:
        shutil.rmtree(copy.folder / emissions)
        shutil.copytree(tmp_path / "backup", copy.folder / emissions)

    replay = moved(replay, "put-back", put_back)
    replay.take(Step(Kind.NEW, 0, 5))
    replay.lake.ingest()
    replay.reference.ingest(datetime.now(UTC).date())
    assert dbt(replay.lake, "run", "--select", "emissions").success
    assert replay.lake.versions()["silver.emissions"] == seen, "gold took in a version of this number"
    replay.run()

    # Without its change feed the winners' moves cannot be followed: they are rebuilt, not followed.
    replay.lake.spark.sql("alter table silver.emissions set tblproperties ('delta.enableChangeDataFeed' = 'false')")
    replay.take(Step(Kind.CORRECTED, 0, 6))
    replay.run()
    replay.close()
