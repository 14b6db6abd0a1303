"""docs/mutations.md: what noticed each mutant when it was last tried, and at which commit; it grows by sittings."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutations.mutant import Mutant
from tests.mutations.outcome import Outcome

PAGE = Path("docs") / "mutations.md"
HEADER = """# Mutants

What [scripts/mutate](contributing.md#mutation-check) breaks on purpose, and which test noticed when it was last tried.
`scripts/mutate --sitting 10` tries ten more and writes this page.

"""
COLUMNS = "| mutant | what it breaks | noticed by | test | commit |\n|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Tried:
    """How a mutant was killed, the first test that failed, and the commit that was broken so."""

    cause: str
    test: str
    commit: str


def tried(root: Path) -> dict[str, Tried]:
    """What the page says, by the mutant's id; nothing where there is no page."""
    file = root / PAGE
    if not file.exists():
        return {}
    rows = [
        line.strip("| ").split(" | ") for line in file.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"
    ]
    return {row[0].strip("`"): Tried(row[2], row[3].strip("`"), row[4]) for row in rows}


def keep(root: Path, mutants: Sequence[Mutant], mutant: Mutant, outcome: Outcome) -> None:
    """Write the page with one outcome more: one that was not killed goes from it."""
    known = tried(root)
    known.pop(mutant.id, None)
    if outcome.kind == "killed":
        known[mutant.id] = Tried(outcome.cause, outcome.test_name, commit(root))
    said = [each for each in mutants if each.id in known]
    lines = [
        f"| `{each.id}` | {_cell(each.breaks)} | {known[each.id].cause} | `{_cell(known[each.id].test)}` "
        f"| {known[each.id].commit} |\n"
        for each in said
    ]
    left = ", ".join(f"`{each.id}`" for each in mutants if each.id not in known)
    count = f"{len(said)} of {len(mutants)} mutants were killed.{f' Not tried yet: {left}.' if left else ''}\n\n"
    (root / PAGE).write_text(HEADER + count + COLUMNS + "".join(lines), encoding="utf-8")


def _cell(text: str) -> str:
    """Without the character that ends a cell, even between backticks."""
    return text.replace("|", "/")


def commit(root: Path) -> str:
    """The commit that is checked out, with a `+` where other files than the page differ from it."""

    def git(*words: str) -> str:
        command = ["git", *words]
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()

    differs = git("status", "--porcelain", "--", ":/", f":(exclude,top){PAGE}")
    return git("rev-parse", "--short", "HEAD") + ("+" if differs else "")
