"""Ctrl-C, SIGTERM, and a Python process that dies alone: what a user sees, and what is left."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lake.errors import LakeBusyError
from lake.lock import writing
from tests.crashes.places import State
from tests.crashes.processes import SECONDS_FOR_A_RUN, Victim, lake_command, members, until, victim
from tests.crashes.states import States
from tests.crashes.trigger import Moment, Trigger

# Java is given four seconds to end; the rest is for a machine that is busy with other things.
SECONDS_TO_STOP = 15
COMMIT_0 = "_delta_log/00000000000000000000.json"


@pytest.fixture
def _heard() -> Iterator[None]:
    """A background job of a shell ignores Ctrl-C, and so would what it starts."""
    as_it_was = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, as_it_was)


@pytest.mark.usefixtures("_heard")
@pytest.mark.parametrize(
    ("number", "name", "moment"),
    [
        pytest.param(signal.SIGTERM, "SIGTERM", "_logs/spark.log", marks=pytest.mark.long),
        (signal.SIGINT, "Ctrl-C", f"silver/emissions/{COMMIT_0}"),
        pytest.param(signal.SIGTERM, "SIGTERM", f"gold/daily_emissions/{COMMIT_0}", marks=pytest.mark.long),
    ],
)
def test_a_stop_ends_within_seconds_and_says_what_is_safe(
    states: States, tmp_path: Path, number: signal.Signals, name: str, moment: str
) -> None:
    subject = states[State.NEW].copy(tmp_path / "stopped")
    running = Victim(subject.settings, lake_command("run"))
    until(lambda: running.has_ended() or (subject.settings.lake_path / moment).exists(), SECONDS_FOR_A_RUN)
    sent = time.monotonic()
    running.signal(number)
    ended = running.wait()
    assert time.monotonic() - sent < SECONDS_TO_STOP
    assert ended.code == 1, ended
    assert ended.stderr == f"lake: stopped by {name}. Every table is whole; the next run goes on from there.\n"
    assert ended.stdout == ""
    # What was told to die needs a moment to be gone.
    until(lambda: not members(running.group), SECONDS_TO_STOP)
    with writing(subject.settings.lake_path, "the next command at once"):
        pass
    subject.heal(("lake", "run"))


@pytest.mark.long
def test_java_that_outlives_python_keeps_the_lock_until_it_has_ended(states: States, tmp_path: Path) -> None:
    subject = states[State.LANDED].copy(tmp_path / "orphan")
    trigger = Trigger(Moment.DATA, "bronze.deliveries", python_alone=True)
    orphaned = victim(subject.settings, trigger, ("lake", "ingest"))
    # The kernel wakes and hangs up a stopped group that has no parent left in its session; this child of ours is one.
    anchor = subprocess.Popen(["sleep", str(SECONDS_FOR_A_RUN)], process_group=orphaned.group)  # noqa: S607
    assert orphaned.wait().was_killed
    assert set(members(orphaned.group)) - {anchor.pid}, "Java outlives Python"
    with pytest.raises(LakeBusyError, match="another run holds the lake"), writing(subject.settings.lake_path, "next"):
        pass
    orphaned.signal(signal.SIGCONT)
    anchor.kill()
    anchor.wait()
    orphaned.wait_until_gone()
    with writing(subject.settings.lake_path, "next"):
        subject.heal(("lake", "run"))
