"""A full disk, a limit on files, folders that cannot be written, no memory: one line that helps, and the next run heals."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crashes.places import State
from tests.crashes.processes import Ended, Victim, lake_command, victim
from tests.crashes.states import States
from tests.crashes.trigger import Moment, Trigger
from tests.disks import fill, mount, small_disk

# Several times what the largest of the small lakes takes with its logs.
DISK_BYTES = 32 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk."""
    with small_disk(tmp_path / "disk", f"size={DISK_BYTES}") as place:
        yield place


def assert_readable(ended: Ended, *words: str) -> None:
    """Exit code 1 and one line on stderr with these words."""
    assert ended.code == 1, ended
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    for word in ("lake: ", *words):
        assert word in ended.stderr, ended.stderr


@pytest.mark.parametrize(
    "free_bytes", [250_000, *(pytest.param(free_bytes, marks=pytest.mark.long) for free_bytes in (0, 60_000))]
)
def test_a_full_disk(states: States, disk: Path, free_bytes: int) -> None:
    subject = states[State.NEW].copy(disk / "full")
    filler = fill(disk, free_bytes)
    ended = Victim(subject.settings, lake_command("run"), said_in=disk.parent).wait()
    filler.unlink()
    assert_readable(ended, "the disk is full", "Make room")
    subject.heal(("lake", "run"))


@pytest.mark.long
def test_a_file_that_may_not_grow(states: States, tmp_path: Path) -> None:
    subject = states[State.NEW].copy(tmp_path / "limited")
    limited = ["bash", "-c", 'ulimit -f 8; exec "$@"', "bash", *lake_command("run")]
    assert_readable(Victim(subject.settings, limited).wait(), "ulimit -f")
    subject.heal(("lake", "run"))


@pytest.mark.long
def test_table_folders_that_cannot_be_written(states: States, disk: Path) -> None:
    """One after another, in the order of a run: the second run gets further."""
    subject = states[State.LANDED].copy(disk / "read-only")
    for table in ("bronze/deliveries", "gold/daily_emissions"):
        folder = str(subject.settings.lake_path / table)
        mount("--bind", folder, folder)
        mount("-o", "remount,ro,bind", folder)
        ended = Victim(subject.settings, lake_command("run")).wait()
        subprocess.run(["umount", folder], check=True)  # noqa: S607
        assert_readable(ended, "the lake cannot be written", "rights")
    subject.heal(("lake", "run"))


@pytest.mark.long
def test_a_lake_that_cannot_be_written(states: States, disk: Path) -> None:
    subject = states[State.LANDED].copy(disk / "read-only")
    mount("-o", "remount,ro", str(disk))
    ended = Victim(subject.settings, lake_command("run"), said_in=disk.parent).wait()
    mount("-o", "remount,rw", str(disk))
    assert_readable(ended, "cannot write", "Check LAKE_URI")
    subject.heal(("lake", "run"))


@pytest.mark.long
def test_java_runs_out_of_memory(states: States, tmp_path: Path) -> None:
    subject = states[State.LANDED].copy(tmp_path / "small")
    trigger = Trigger(Moment.MEMORY, "silver.quarantine")
    ended = victim(subject.settings, trigger, ("lake", "run")).wait()
    assert_readable(ended, "Java ran out of memory", "SPARK_DRIVER_MEMORY")
    subject.heal(("lake", "run"))
