"""kill -9 of the whole process tree, at every step boundary and at random moments: the next run heals by itself.

`scripts/test` kills a few times; `scripts/test tests/crashes/test_kills.py --kills 100` adds a hundred kills to the report by
place, `.build/crashes.md`, and begins with the places that were struck least.
"""

from pathlib import Path

import pytest

from tests import places
from tests.crashes.campaign import REPORT, Killed, Tally, killed_lakes
from tests.crashes.states import States

# The kills that prove nothing of a campaign: those of every `scripts/test`.
A_FEW = 20


@pytest.mark.timeout(0)  # each victim has a bound of its own
def test_whatever_is_killed_the_next_run_equals_the_reference(
    states: States, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    wanted = pytestconfig.getoption("--kills")
    # What is no campaign leaves the report of one alone.
    file = places.report_file("crashes.json") if wanted > A_FEW else tmp_path / "crashes.json"
    tally = Tally(file)
    for killed in killed_lakes(states, wanted, tmp_path / "lakes", tally):
        _heal(killed)
        tally.add(killed)
        places.removed(killed.subject.folder)
        pytestconfig.stash[REPORT] = tally.table()
    assert tally.count == wanted


def _heal(killed: Killed) -> None:
    """Give the reference what the victim had landed, then heal and compare; a failure names the kills."""
    landing = killed.subject.settings.landing_path
    for word in killed.words[2:]:
        outside = Path(word)
        if outside.is_absolute() and (landing / outside.name).exists():
            content = (landing / outside.name).read_bytes()
            if content == outside.read_bytes():
                killed.subject.reference.put(outside.name, content)
    try:
        killed.subject.heal(killed.words)
    except Exception as error:
        error.add_note(f"after kills at {killed.kills} of {killed.words}; the lake is kept in {killed.subject.folder}")
        raise
