"""The parts of a run, as an orchestrator calls them and calls them again: one row a run, and nothing that rolls back."""

from pathlib import Path

import pytest

from bronze.ingest import ingest
from lake.publish import publish_run
from lake.runs import RunReport, Steps, part_id, run
from tests.conftest import TestLake, delivery

FIRST, SECOND = "nightly:1", "nightly:2"


def record(day: int, grams: str) -> str:
    return f"2025-07-{day:02},a.example,video,DE,300x600,mobile,{grams},0,0,{grams},measured"


def take_in(lake: TestLake, run_id: str) -> str:
    """What `lake ingest --run-id` does; gives the identity under which it went."""
    lake.ready()
    part = part_id(lake.spark, run_id)
    ingest(lake.spark, lake.settings.landing_path, lake.settings.lake_path, part)
    return part


def build(lake: TestLake, run_id: str, layer: str | None = None) -> RunReport:
    return run(lake.spark, lake.settings, run_id, Steps(ingest=False, layer=layer))


def runs(lake: TestLake) -> list[tuple[str, str, list[int]]]:
    rows = lake.rows("select run_id, steps, deliveries from audit.runs order by started_at")
    return [(row["run_id"], row["steps"], row["deliveries"]) for row in rows]


def test_parts_share_a_row_and_what_runs_again_has_another(lake: TestLake) -> None:
    lake.put("a.csv", delivery(record(1, "0.1"), record(2, "0.2")))
    assert take_in(lake, FIRST) == FIRST
    build(lake, FIRST, "silver")
    assert runs(lake) == [(FIRST, "build silver", [1])]
    whole = build(lake, FIRST)
    assert runs(lake) == [(FIRST, "build", [1])]
    assert whole.published is not None
    assert whole.published.run_id == FIRST

    # Again, with nothing new: no table but the audit's has another version, and readers see what they saw.
    versions, content = lake.versions(), lake.content()
    assert take_in(lake, FIRST) == f"{FIRST}.2"
    again = build(lake, FIRST, "silver")
    assert again.run_id == f"{FIRST}.2"
    again = build(lake, FIRST)
    assert again.published == whole.published
    assert (lake.versions(), lake.content()) == (versions, content)
    assert runs(lake) == [(FIRST, "build", [1]), (f"{FIRST}.2", "build", [])]
    # The next goes on after both, and an identity that only begins alike is another's.
    assert part_id(lake.spark, FIRST) == f"{FIRST}.3"
    assert part_id(lake.spark, "nightly") == "nightly"
    assert part_id(lake.spark, f"{FIRST}.2") == f"{FIRST}.2.2"


def test_what_a_run_took_back_is_told_of_all_its_parts(lake: TestLake) -> None:
    lake.put("a.csv", delivery(record(1, "0.1"), record(2, "0.2")))
    lake.run()
    lake.put("a.csv", delivery(record(1, "0.1")))
    take_in(lake, SECOND)
    build(lake, SECOND, "silver")
    # Silver has taken it in already; it is this run's all the same.
    assert build(lake, SECOND).ceased_deliveries == 1
    assert build(lake, SECOND).ceased_deliveries == 0


def test_publishing_forward_never_goes_back(lake: TestLake) -> None:
    lake.put("a.csv", delivery(record(1, "0.1")))
    build(lake, take_in(lake, FIRST))
    lake.put("b.csv", delivery(record(2, "0.2")))
    build(lake, take_in(lake, SECOND))
    build(lake, "idle")
    for run_id in (FIRST, SECOND, "idle"):
        done = publish_run(lake.spark, lake.settings, run_id, forward=True)
        assert (done.changed, done.publication.run_id) == (False, SECOND), run_id

    # The run was recorded, and cut off before it let readers see it.
    files = sorted(Path(str(lake.settings.lake_path), "published").iterdir())
    files[-1].unlink()
    done = publish_run(lake.spark, lake.settings, SECOND, forward=True)
    assert (done.changed, done.before, done.publication.run_id) == (True, FIRST, SECOND)

    # What somebody chose by hand stays, until a run has news.
    assert publish_run(lake.spark, lake.settings, FIRST).changed
    for run_id in (SECOND, "idle"):
        assert not publish_run(lake.spark, lake.settings, run_id, forward=True).changed
    build(lake, "idle")
    assert publish_run(lake.spark, lake.settings, "idle", forward=True).publication.run_id == FIRST


def test_a_part_that_failed_is_done_again_under_its_name(lake: TestLake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.put("a.csv", delivery(record(1, "0.1")))
    take_in(lake, FIRST)

    def broken(*_: object, **__: object) -> None:
        msg = "the disk is full"
        raise OSError(msg)

    with monkeypatch.context() as failing:
        failing.setattr("lake.transforms.build", broken)
        with pytest.raises(OSError, match="disk"):
            build(lake, FIRST)
    assert build(lake, FIRST).run_id == FIRST
    assert [row[:2] for row in runs(lake)] == [(FIRST, "build")]


def test_a_run_that_was_killed_between_its_two_rows_has_one_of_each_when_it_is_called_again(lake: TestLake) -> None:
    lake.put("a.csv", delivery(record(1, "0.1")))
    lake.ready()
    lake.spark.sql(f"insert into audit.conservation by name select '{FIRST}' as run_id, 7L as delivered_rows")
    take_in(lake, FIRST)
    build(lake, FIRST)
    assert lake.rows("select run_id, delivered_rows from audit.conservation") == [
        {"run_id": FIRST, "delivered_rows": 1}
    ]
    assert runs(lake) == [(FIRST, "build", [1])]
