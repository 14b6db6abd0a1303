"""Where victims are killed: every step of every command that writes, and random moments."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from lake.manifest import FOLDER as RELEASES
from lake.published import PUBLISHED
from tests.crashes.trigger import Moment, Trigger
from tests.places import is_on_s3
from tests.reference.gold import GOLD_TABLES


class State(StrEnum):
    """How far a lake has come when the victim meets it; each goes one step further than the one before."""

    NEW = "nothing but landed deliveries"
    LANDED = "two runs, and news in landing"
    INGESTED = "news in bronze"
    JUDGED = "news in silver"
    WITHDRAWN = "two runs, and a delivery taken back"


@dataclass(frozen=True)
class Place:
    """One way to be killed: what the report calls it, the lake before, the command, the trigger."""

    name: str
    state: State
    words: tuple[str, ...]
    trigger: Trigger


GOLD = tuple(f"gold.{table}" for table in GOLD_TABLES)
# The small lakes have no outlying day, so this table has no rows and may have no files.
WITHOUT_ROWS = "gold.flagged_domain_days"
SILVER = ("silver.emissions", "silver.quarantine", "silver.duplicates", "audit.delivered")
AUDIT = ("audit.conservation", "audit.runs")
EVERY_MOMENT = (Moment.BEFORE, Moment.DATA, Moment.COMMIT, Moment.AFTER)
# More statements than the shortest command makes; who is through before its moment is tried again with fewer.
MOST_STATEMENTS = 80
LONGEST_WAIT_MILLISECONDS = 400
WITHDRAWN_PATH = "b.csv"
# The lakes of the states have had two runs at most, of these names.
FIRST_RUN, SECOND_RUN = "first", "second"
RELEASE, DAYS = "all", ("2000-01-01", "2099-12-31")


def every_place() -> list[Place]:
    """Each step boundary once, in an order that mixes commands and tables."""
    ingest, silver, gold = (
        ("lake", "ingest"),
        ("lake", "build", "--layer", "silver"),
        ("lake", "build", "--layer", "gold"),
    )
    withdraw, publish = ("lake", "withdraw", WITHDRAWN_PATH), ("lake", "publish", FIRST_RUN)
    release = ("lake", "release", RELEASE, "--run", SECOND_RUN, "--period", *DAYS)
    copies = tuple(f"{RELEASES}.{RELEASE}.{table}" for table in ("bronze.deliveries", SILVER[0], GOLD[0]))
    # On S3 the store puts a file into its place, in one step.
    in_place = (Moment.MADE,) if is_on_s3() else (Moment.WRITTEN, Moment.MADE)
    groups = [
        _places("ingest", State.LANDED, ingest, ("bronze.emissions", "bronze.deliveries"), EVERY_MOMENT),
        [Place("ingest: staging", State.LANDED, ingest, Trigger(Moment.STAGED))],
        _places("build silver", State.INGESTED, silver, SILVER, EVERY_MOMENT),
        _places("rebuild silver", State.INGESTED, (*silver, "--full-refresh"), ("silver.country_names",), EVERY_MOMENT),
        _places("rebuild silver", State.INGESTED, (*silver, "--full-refresh"), SILVER, (Moment.DATA, Moment.COMMIT)),
        _places("build gold", State.JUDGED, gold, GOLD, EVERY_MOMENT),
        _places("build gold", State.JUDGED, gold, AUDIT, EVERY_MOMENT),
        _places("first run", State.NEW, ("lake", "run"), ("bronze.emissions", *SILVER), (Moment.DATA, Moment.COMMIT)),
        _places("first run", State.NEW, ("lake", "run"), ("silver.country_names", *GOLD), (Moment.DATA, Moment.COMMIT)),
        _places("first run", State.NEW, ("lake", "run"), ("bronze.deliveries", *AUDIT), (Moment.BEFORE, Moment.COMMIT)),
        _places("withdraw", State.LANDED, withdraw, ("bronze.deliveries",), EVERY_MOMENT),
        _places(
            "undo", State.WITHDRAWN, (*withdraw, "--undo"), ("bronze.emissions", "bronze.deliveries"), EVERY_MOMENT
        ),
        _places("dbt build", State.INGESTED, ("dbt", "build"), (SILVER[0], GOLD[0]), (Moment.DATA, Moment.COMMIT)),
        _places("run", State.LANDED, ("lake", "run"), (PUBLISHED,), in_place),
        _places("publish", State.LANDED, publish, (PUBLISHED,), in_place),
        _places("release", State.LANDED, release, copies, (Moment.DATA, Moment.COMMIT)),
        _places("release", State.LANDED, release, (RELEASES,), in_place),
    ]
    if not is_on_s3():
        moments = (Moment.PLACE, Moment.PLACED)
        groups.append([Place("land", State.LANDED, ("lake", "land"), Trigger(moment)) for moment in moments])
    return [place for group in groups for place in group]


def random_place(random: Random) -> Place:
    """Somewhere in a whole run, of a new lake or of one that has news."""
    state = random.choice([State.NEW, State.LANDED, State.LANDED])
    return Place("run", state, ("lake", "run"), random_trigger(random))


def random_trigger(random: Random) -> Trigger:
    """Any moment of a run."""
    statements, milliseconds = random.randint(1, MOST_STATEMENTS), random.randint(0, LONGEST_WAIT_MILLISECONDS)
    return Trigger(Moment.RANDOM, statements=statements, milliseconds=milliseconds)


def chosen(count: int, struck: Mapping[tuple[str, str], int], random: Random) -> list[Place]:
    """So many places, those first that were `struck` least, by name and moment; beyond all of them random ones."""
    places = every_place()
    random.shuffle(places)
    places.sort(key=lambda place: struck.get((place.name, place.trigger.moment), 0))
    return [*places[:count], *(random_place(random) for _ in range(count - len(places)))]


def _places(
    name: str, state: State, words: tuple[str, ...], tables: tuple[str, ...], moments: tuple[Moment, ...]
) -> list[Place]:
    return [
        Place(f"{name}: {table}", state, words, Trigger(moment, table))
        for table in tables
        for moment in moments
        if (table, moment) != (WITHOUT_ROWS, Moment.DATA)
    ]
