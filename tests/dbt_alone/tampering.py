"""What else happens to a lake's tables between two runs: statements by hand, folders that go or come from a backup."""

import shutil
from collections.abc import Callable
from random import Random

from tests.conftest import TestLake
from tests.histories.replay import Replay

NOTE = "spark.databricks.delta.commitInfo.userMetadata"


def by_hand(lake: TestLake, random: Random) -> str:
    """One change by somebody's SQL; returns what was done."""
    table = random.choice(_derived(lake))
    change = random.choice([_delete, _double, _restore, _delete_with_a_note, _set_property, _compact])
    change(lake, table)
    return f"{change.__name__} {table}"


def moved(replay: Replay, name: str, change: Callable[[Replay], None]) -> Replay:
    """The replay goes on in a copy of its folder that was changed on disk while no session had it open."""
    copy = replay.fork(replay.folder.with_name(name))
    change(copy)
    replay.close()
    copy.open()
    return copy


def without_a_table(random: Random) -> Callable[[Replay], None]:
    """A table's folder is removed."""

    def remove(replay: Replay) -> None:
        folders = sorted(path.parent for path in replay.folder.glob("lake/[sg]*/*/_delta_log"))
        shutil.rmtree(random.choice(folders))

    return remove


def _derived(lake: TestLake) -> list[str]:
    return [table for table in lake.versions() if table.startswith(("silver.", "gold."))]


def _delete(lake: TestLake, table: str) -> None:
    lake.spark.sql(f"delete from {table}")


def _double(lake: TestLake, table: str) -> None:
    lake.spark.sql(f"insert into {table} select * from {table}")


def _restore(lake: TestLake, table: str) -> None:
    lake.spark.sql(f"restore table {table} to version as of 0")


def _delete_with_a_note(lake: TestLake, table: str) -> None:
    """Other programs note what they like, in any form."""
    lake.spark.conf.set(NOTE, '["not ours"]')
    try:
        _delete(lake, table)
    finally:
        lake.spark.conf.unset(NOTE)


def _set_property(lake: TestLake, table: str) -> None:
    lake.spark.sql(f"alter table {table} set tblproperties ('delta.enableChangeDataFeed' = 'false')")


def _compact(lake: TestLake, table: str) -> None:
    lake.spark.sql(f"optimize {table}")
