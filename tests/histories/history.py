"""What a history is made of: runs, and before each the steps of sources and operators, all plain data."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from hypothesis import strategies as st


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

steps = st.builds(Step, st.sampled_from(KINDS), st.integers(0, 11), st.integers(0, 2**32))
runs = st.builds(Run, st.lists(steps, max_size=STEPS_A_RUN).map(tuple), st.sampled_from(HOWS))


def beginning(number: int) -> tuple[Run, ...]:
    """The first runs of many histories, so that they are replayed once: one to three, always the same for a number."""
    random = Random(number)

    def step() -> Step:
        return Step(random.choice(KINDS), random.randrange(12), random.randrange(2**32))

    return tuple(Run(tuple(step() for _ in range(random.randint(2, STEPS_A_RUN)))) for _ in range(random.randint(1, 3)))
