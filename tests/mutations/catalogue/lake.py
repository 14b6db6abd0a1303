"""Mutants of runs, conservation, verification, lock, form and catalog."""

from tests.mutations.catalogue.named_tests import (
    AS_JSON,
    LOCK,
    MOVES,
    NEWER_LAKE,
    NOTHING_NEW,
    OLDER_LAKE,
    SAME_RUN,
    VERIFIED,
    VERSIONS,
)
from tests.mutations.mutant import Mutant

RUNS = "lake/runs.py"
VERIFY = "lake/verify.py"
FORMAT = "lake/format.py"

MUTANTS = (
    Mutant(
        "run-noted-twice",
        RUNS,
        'if noted.collect()[0].rows else ""',
        'if False else ""',
        "a run that is called again has two rows",
        SAME_RUN,
    ),
    Mutant(
        "run-after-failure",
        RUNS,
        'previous.status != "succeeded"',
        'previous.status == "unknown"',
        "nothing is done after a failed run",
        NOTHING_NEW,
    ),
    Mutant("run-full-refresh", RUNS, "if steps.full_refresh or", "if", "--full-refresh is spared", NOTHING_NEW),
    Mutant(
        "run-other-code", RUNS, "previous.code_version != code_version() or", "", "changed code is not run", NOTHING_NEW
    ),
    Mutant(
        "run-never-spared",
        RUNS,
        'counts.get("commits_digest") == _commits_left',
        'counts.get("commits_digest") != _commits_left',
        "a changed lake is spared",
        MOVES,
    ),
    Mutant(
        "conserved-sign",
        "lake/sql/conservation.sql",
        "delivered_rows <> silver_rows + quarantined_rows",
        "delivered_rows <> silver_rows - quarantined_rows",
        "a sign in the balance",
        MOVES,
    ),
    Mutant(
        "conserved-withdrawn",
        "lake/sql/conservation_by_delivery.sql",
        "in ('superseded', 'withdrawn')",
        "in ('superseded')",
        "withdrawn rows are unaccounted for",
        MOVES,
    ),
    Mutant(
        "conserved-duplicates",
        "lake/sql/conservation_by_delivery.sql",
        "count(*) as duplicate_rows",
        "0 as duplicate_rows",
        "duplicates are not counted",
        MOVES,
    ),
    Mutant(
        "verify-missing",
        "lake/sql/compare.sql",
        "having sum(side) <> 0",
        "having sum(side) > 0",
        "verify does not see missing rows",
        VERIFIED,
    ),
    Mutant(
        "verify-pending",
        "lake/sql/pending_events.sql",
        "ledger.last_event > runs.last_event",
        "ledger.last_event < runs.last_event",
        "verify compares before a run took all in",
        VERIFIED,
    ),
    Mutant(
        "verify-scratch",
        VERIFY,
        "        return [*compared, _conservation(spark, settings.lake_path)]\n    finally:\n        remove_tree(scratch)",
        "        return [*compared, _conservation(spark, settings.lake_path)]\n    finally:\n        pass",
        "verify leaves its recomputation",
        VERIFIED,
    ),
    Mutant(
        "format-newer",
        FORMAT,
        "if form > FORMAT:",
        "if form > FORMAT + 1:",
        "a lake of a newer form is read",
        NEWER_LAKE,
    ),
    Mutant(
        "format-older",
        FORMAT,
        "check_format(spark) < FORMAT",
        "check_format(spark) > FORMAT",
        "an older lake is not migrated",
        OLDER_LAKE,
    ),
    Mutant(
        "lock-shared",
        "lake/lock.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB",
        "fcntl.LOCK_SH | fcntl.LOCK_NB",
        "two writers at a time",
        LOCK,
    ),
    Mutant(
        "tables-version",
        "lake/tables.py",
        "return max(commits)",
        "return min(commits)",
        "the oldest version for the newest",
        VERSIONS,
    ),
    Mutant(
        "json-decimals",
        "lake/queries.py",
        'return format(value, "f")',
        "return float(value)",
        "decimals become floating point",
        AS_JSON,
    ),
    Mutant(
        "json-infinity",
        "lake/queries.py",
        "value if math.isfinite(value) else None",
        "value",
        "infinity is not JSON",
        AS_JSON,
    ),
)
