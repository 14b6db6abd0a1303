"""Set-up makes what changed, and nothing where nothing did: every script calls it first."""

import subprocess
from itertools import pairwise

from lake.settings import REPOSITORY

PARTS = ("environment", "jars", "own", "plots", "java", "classes")


def test_set_up_does_nothing_where_nothing_changed() -> None:
    stamps = REPOSITORY / ".build" / "stamps"
    before = {stamp.name: stamp.read_text() for stamp in stamps.iterdir()}
    assert before.keys() >= {*PARTS}
    done = subprocess.run([REPOSITORY / "scripts" / "setup"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert {stamp.name: stamp.read_text() for stamp in stamps.iterdir()} == before


def test_a_part_is_made_anew_after_what_it_is_made_of() -> None:
    """A stamp tells of what a part was made and when, after the same of the parts before it."""
    stamps = [(REPOSITORY / ".build" / "stamps" / name).read_text().splitlines() for name in PARTS]
    for (made_of, made_at), (next_made_of, next_made_at) in pairwise(stamps):
        assert next_made_of.startswith(f"{made_of} {made_at} ")
        assert made_at < next_made_at
