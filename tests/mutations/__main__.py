"""The command: break a copy of the tree in every way of the catalogue, and show which test noticed.

Exit 0: the tests pass on the unchanged copy and every mutant was killed; 1: not so; 2: wrong usage or a stale catalogue.
"""

import argparse
import ast
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.mutations import page
from tests.mutations.catalogue import MUTANTS
from tests.mutations.copied_tree import copied_tree
from tests.mutations.mutant import Mutant, StaleMutantError
from tests.mutations.outcome import Outcome, outcome_of
from tests.mutations.worker_process import WorkerProcess

ROOT = Path(__file__).resolve().parents[2]
Result = tuple[Mutant, Outcome, float]


def main() -> int:
    """Run the mutants that the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", metavar="ID", help="these mutants alone; an ID may be the first part of some"
    )
    parser.add_argument(
        "--sitting",
        type=at_least_one,
        metavar="N",
        help="N that docs/mutations.md does not have yet; they are added to it",
    )
    parser.add_argument("--list", action="store_true", help="show the catalogue and run nothing")
    parser.add_argument("--log", type=Path, default=Path("/dev/null"), help="where the tests' own output goes")
    arguments = parser.parse_args()
    # The copy and the process with Spark must go, however this one is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    console = Console()
    chosen = [mutant for mutant in MUTANTS if not arguments.only or mutant.id.startswith(tuple(arguments.only))]
    if not chosen:
        parser.error(f"no mutant is called {', '.join(arguments.only)}: see --list")
    if arguments.sitting:
        known = page.tried(ROOT)
        chosen = [mutant for mutant in chosen if mutant.id not in known][: arguments.sitting]
        if not chosen:
            console.print("nothing to try: the page has every mutant that was asked for")
            return 0
    if arguments.list:
        console.print(listed(chosen))
        return 0
    try:
        for mutant in chosen:
            mutant.changed_text(ROOT)
    except StaleMutantError as error:
        console.print(str(error), markup=False)
        return 2
    return check(console, chosen, arguments.log, is_kept=bool(arguments.sitting))


def check(console: Console, chosen: list[Mutant], log: Path, *, is_kept: bool = False) -> int:
    """Run the unchanged copy, then each mutant; print as it goes and in the end a table; `is_kept` on the page too."""
    began = time.monotonic()
    with copied_tree(ROOT) as copy, WorkerProcess(copy, log) as worker:
        tests = sorted({word for mutant in chosen for word in mutant.tests if word.startswith("tests/")})
        unchanged = outcome_of(worker.run(tests))
        seconds = time.monotonic() - began
        console.print(f"unchanged: {unchanged.kind}, {len(tests)} tests, {seconds:.0f} s", highlight=False)
        if unchanged.kind != "survived":
            console.print(f"{unchanged.test}: {unchanged.message}", markup=False)
            return 1
        results = []
        for mutant in chosen:
            began_mutant = time.monotonic()
            outcome = try_out(mutant, copy, worker)
            results.append((mutant, outcome, time.monotonic() - began_mutant))
            if is_kept:
                page.keep(ROOT, MUTANTS, mutant, outcome)
            said = f"{outcome.kind} {mutant.id} {results[-1][2]:.0f} s {outcome.cause} {outcome.test}"
            console.print(
                said if outcome.kind == "killed" else f"{said} {outcome.message}", markup=False, highlight=False
            )
    console.print(tabled(results))
    kinds = Counter(outcome.kind for _, outcome, _ in results)
    causes = Counter(outcome.cause for _, outcome, _ in results if outcome.kind == "killed")
    console.print(
        f"{len(results)} mutants: {counted(kinds)}; killed by {counted(causes)}; {time.monotonic() - began:.0f} s",
        highlight=False,
        soft_wrap=True,
    )
    return 0 if set(kinds) == {"killed"} else 1


def try_out(mutant: Mutant, copy: Path, worker: WorkerProcess) -> Outcome:
    """The outcome of one mutant; the copy is whole again afterwards."""
    file = copy / mutant.file
    original = file.read_text(encoding="utf-8")
    changed = mutant.applied_to(original)
    if file.suffix == ".py":
        try:
            ast.parse(changed)
        except SyntaxError as error:
            return Outcome("unreadable", message=str(error))
    file.write_text(changed, encoding="utf-8")
    try:
        return outcome_of(worker.run([*mutant.tests, "-x"]), of_sql=file.suffix == ".sql")
    finally:
        file.write_text(original, encoding="utf-8")


def at_least_one(word: str) -> int:
    """The number that a word says."""
    if (number := int(word)) < 1:
        msg = f"{word} is less than 1"
        raise argparse.ArgumentTypeError(msg)
    return number


def counted(counts: Counter[str]) -> str:
    """`12 killed, 1 survived`."""
    return ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "nothing"


def listed(mutants: list[Mutant]) -> Table:
    """The catalogue as a table."""
    table = Table("mutant", "file", "breaks", "tests")
    for mutant in mutants:
        table.add_row(mutant.id, mutant.file, mutant.breaks, " ".join(mutant.tests))
    return table


def tabled(results: list[Result]) -> Table:
    """What became of each mutant, as a table."""
    table = Table("mutant", "outcome", "noticed by", "seconds")
    for mutant, outcome, seconds in results:
        noticed = f"{outcome.cause}: {outcome.test_name}" if outcome.kind == "killed" else outcome.message
        table.add_row(mutant.id, outcome.kind, noticed, f"{seconds:.0f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
