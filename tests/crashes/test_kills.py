"""kill -9 of the whole process tree, at every step boundary and at random moments: the next run heals by itself.

`scripts/test` kills a few times; `scripts/test tests/crashes/test_kills.py --kills 300` reports hundreds by place in
`.build/crashes.md`.
"""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from lake.settings import REPOSITORY
from tests.crashes.campaign import REPORT, Killed, killed_lakes, table_of
from tests.crashes.states import States
from tests.crashes.trigger import Moment

REPORT_FILE = REPOSITORY / ".build" / "crashes.md"


@pytest.mark.timeout(0)  # each victim has a bound of its own
def test_whatever_is_killed_the_next_run_equals_the_reference(
    states: States, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    wanted = pytestconfig.getoption("--kills")
    kills: Counter[tuple[str, Moment]] = Counter()
    for lakes, killed in enumerate(killed_lakes(states, wanted, tmp_path), start=1):
        _heal(killed)
        kills.update(killed.kills)
        shutil.rmtree(killed.subject.folder)
        pytestconfig.stash[REPORT] = table_of(kills, lakes)
        REPORT_FILE.write_text(pytestconfig.stash[REPORT], encoding="utf-8")
    assert kills.total() == wanted


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
