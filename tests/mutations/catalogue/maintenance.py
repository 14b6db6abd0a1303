"""Mutants of the time travel that `lake maintain` keeps."""

from tests.mutations.catalogue.named_tests import DAYS, DIGEST, FREED, NEEDED_LOG
from tests.mutations.mutant import Mutant

RETENTION = "lake/retention.py"

MUTANTS = (
    Mutant(
        "log-beyond-checkpoint",
        RETENTION,
        "if version <= first_needed",
        "if version >= 0",
        "a log is cleared up to its newest checkpoint",
        NEEDED_LOG,
    ),
    Mutant(
        "log-by-age-of-commits",
        RETENTION,
        "commits[:first_young][-1:]",
        "commits[: (first_young or -1) + 1][-1:]",
        "the version that was the newest one at the cutoff goes",
        NEEDED_LOG,
    ),
    Mutant(
        "readers-hold-what-was-replaced-just-now",
        "lake/maintain.py",
        "if replaced_at / 1000 > cutoff + SECONDS_A_DAY:",
        "if replaced_at < 0:",
        "a mart that was compacted since the last run is never vacuumed",
        FREED,
    ),
    Mutant("log-without-place", RETENTION, "[needed_version, *(", "[*(", "a table's place goes", NEEDED_LOG),
    Mutant("retention-too-short", RETENTION, "LEAST_DAYS = 90", "LEAST_DAYS = 30", "30 days are accepted", DAYS),
    Mutant(
        "digest-passes-over-properties",
        "lake/tables.py",
        "<= {*PROPERTIES, WRITER}",
        "!= set()",
        "a run does not notice that a table was made append-only",
        DIGEST,
    ),
)
