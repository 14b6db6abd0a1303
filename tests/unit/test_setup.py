"""Set-up makes what changed, and nothing where nothing did: every script calls it first."""

import subprocess
from itertools import pairwise

from lake.settings import REPOSITORY

PARTS = ("environment", "jars", "own", "plots", "java", "classes")


def stamps() -> list[str]:
    """Those of what every set-up makes, in its order; tests beside this one may have more made, each by its word."""
    return [(REPOSITORY / ".build" / "stamps" / name).read_text() for name in PARTS]


def test_set_up_does_nothing_where_nothing_changed() -> None:
    before = stamps()
    done = subprocess.run([REPOSITORY / "scripts" / "setup"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert stamps() == before


def test_a_part_is_made_anew_after_what_it_is_made_of() -> None:
    """A stamp tells of what a part was made and when, after the same of the parts before it."""
    for before, after in pairwise(stamps()):
        made_of, made_at = before.splitlines()
        next_made_of, next_made_at = after.splitlines()
        assert next_made_of.startswith(f"{made_of} {made_at} ")
        assert made_at < next_made_at
