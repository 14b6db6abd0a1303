"""Mutants of the macros that keep increments exact: winners, places, strategies, dates."""

from tests.mutations.catalogue.named_tests import (
    MOVES,
    ONE_DAY,
    OTHER_RULES,
    RESTORED,
    STRANGERS_NOTE,
    units_of,
)
from tests.mutations.mutant import Mutant

WINNERS = "dbt/macros/winners.sql"
PLACES = "dbt/macros/places.sql"
STRATEGIES = "dbt/macros/incremental_strategies.sql"
BY_DATE = "dbt/macros/incremental_by_date.sql"

MUTANTS = (
    Mutant(
        "order-sign",
        WINNERS,
        "-delivery_id, delivery_id",
        "delivery_id, delivery_id",
        "a sign: the first of an id wins",
        units_of("emissions"),
    ),
    Mutant(
        "order-within",
        WINNERS,
        "-record_number, record_number",
        "record_number, record_number",
        "a sign: the first record of an id wins within a delivery",
        units_of("emissions"),
    ),
    Mutant(
        "losers-of-gone",
        WINNERS,
        'and delivery_id in (select delivery_id from {{ source("bronze", "deliveries") }} where status = \'loaded\')',
        "",
        "a record of a delivery that went succeeds",
        MOVES,
    ),
    Mutant("moves-skipped", WINNERS, "seen + 1 }})", "seen + 2 }})", "a version of the winners is skipped", MOVES),
    Mutant(
        "place-rules",
        PLACES,
        "commit.note is not none and commit.note.rules == rules_of(relation)",
        "commit.note is not none",
        "tables made under other rules stay",
        OTHER_RULES,
    ),
    Mutant(
        "place-own-note",
        PLACES,
        'note.get("table") == relation | string',
        "true",
        "a note left in the session moves another table's place",
        STRANGERS_NOTE,
    ),
    Mutant(
        "place-stranger",
        PLACES,
        '"OPTIMIZE", "REORG"',
        '"RESTORE", "DELETE", "OPTIMIZE", "REORG"',
        "a restore counts as a commit that keeps rows",
        RESTORED,
    ),
    Mutant(
        "watermark-skipped",
        PLACES,
        'and event_number > " ~ event',
        'and event_number > 1 + " ~ event',
        "an event of the ledger is skipped",
        MOVES,
    ),
    Mutant(
        "watermark-moves",
        PLACES,
        '"added" if status == "loaded" else "removed"',
        '"added"',
        "deliveries that went count as come",
        MOVES,
    ),
    Mutant(
        "source-version",
        PLACES,
        "if commit.version > version and",
        "if commit.version >= version and",
        ">= for >: dates of the commit before are touched again",
        ONE_DAY,
    ),
    Mutant(
        "source-skipped",
        PLACES,
        "if commit.version > version and",
        "if commit.version > version + 1 and",
        "a version of the source is skipped",
        MOVES,
    ),
    Mutant(
        "replace-keeps",
        STRATEGIES,
        "pending.added + pending.removed",
        "pending.added",
        "rows of deliveries that went stay in quarantine",
        MOVES,
    ),
    Mutant(
        "merge-no-delete",
        STRATEGIES,
        "when matched and source._change = 'delete' then delete",
        "when matched and source._change = 'never' then delete",
        "the merge deletes nothing",
        MOVES,
    ),
    Mutant(
        "merge-dates",
        STRATEGIES,
        "array(activity_date, _previous_date)",
        "array(activity_date)",
        "the date a record leaves is not touched",
        MOVES,
    ),
    Mutant(
        "window-own-date",
        BY_DATE,
        'days_around(changed_dates, 0, config.get("window_days", 0))',
        "days_around(changed_dates, 0, 0)",
        "a window is recomputed for its own date only",
        MOVES,
    ),
    Mutant(
        "window-short",
        BY_DATE,
        "range(-before, after + 1)",
        "range(-before, after)",
        "the last day of each window is not recomputed",
        ONE_DAY,
    ),
    Mutant(
        "window-blind",
        BY_DATE,
        "days_around(dates, days_before | int, 0)",
        "days_around(dates, 0, 0)",
        "windows do not look back in an increment",
        MOVES,
    ),
)
