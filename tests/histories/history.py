"""What a history is made of: runs, and before each the steps of sources and operators, all plain data."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """What a source or an operator does between two runs."""

    NEW = "new"  # a delivery under a new path
    CORRECTED = "corrected"  # other bytes under a known path
    REPEATED = "repeated"  # the bytes of a known path under a new one
    RETURNED = "returned"  # bytes that the path had before
    TOUCHED = "touched"  # the same bytes once more
    RENAMED = "renamed"  # the file moves to another path
    VANISHED = "vanished"  # the file goes
    UNREADABLE = "unreadable"  # bytes that are rejected, under a new or a known path
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


class How(StrEnum):
    """How a run is driven."""

    RUN = "run"
    INGEST_THEN_BUILD = "ingest, then build"
    BY_LAYER = "ingest, build silver, build gold"
    FULL_REFRESH = "run --full-refresh"
    VERIFIED = "run, then verify"
    AS_LARGE = "run with the settings of large lakes"


@dataclass(frozen=True)
class Step:
    """`which` picks among what is there when the step is taken, `seed` names the bytes that it brings."""

    kind: Kind
    which: int
    seed: int


@dataclass(frozen=True)
class Run:
    """Steps, and the run that takes them in."""

    steps: tuple[Step, ...]
    how: How = How.RUN


# New and corrected deliveries are what sources mostly send; each other kind comes in every third run or so.
KINDS = [Kind.NEW] * 5 + [Kind.CORRECTED] * 3 + [*Kind, Kind.WITHDRAWN, Kind.UNDONE]
HOWS = [How.RUN] * 7 + list(How)
STEPS_A_RUN = 6


def drawn_step(random: Random) -> Step:
    """Any step."""
    return Step(random.choice(KINDS), random.randrange(12), random.randrange(2**32))


def drawn_history(random: Random, least_runs: int, most_runs: int) -> tuple[Run, ...]:
    """So many runs, each with up to six steps and driven in any way; the first has a step."""
    count = random.randint(least_runs, most_runs)
    return tuple(Run(_steps(random, 0 if number else 1), random.choice(HOWS)) for number in range(count))


def beginning(number: int) -> tuple[Run, ...]:
    """The first runs of many histories, so that they are replayed once: one to three, always the same for a number."""
    random = Random(number)
    return tuple(Run(_steps(random, 2)) for _ in range(random.randint(1, 3)))


def _steps(random: Random, least: int) -> tuple[Step, ...]:
    count = random.randint(least, STEPS_A_RUN)
    return tuple(drawn_step(random) for _ in range(count))
