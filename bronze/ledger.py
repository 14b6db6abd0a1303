"""The delivery ledger: what was delivered, which version is current, and the one commit that makes a load real.

A load is two Delta commits: the records to bronze.emissions, then the rows of bronze.deliveries. The first carries the
second in its `userMetadata`, so a crash between the two is finished, not repeated, by `recover`.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from lake.errors import LakeError
from lake.queries import view_of_rows
from lake.storage import LakePath
from lake.tables import newest_note

SQL = Path(__file__).parent / "sql"
APPEND_APP_ID = "lake-ingest"
# The last load is among these, whatever maintenance and properties set by hand have committed since.
COMMITS_SEARCHED = 50
_LEDGER_SCHEMA = (
    "delivery_id bigint, path string, content_sha256 string, size_bytes bigint, row_count bigint, status string, "
    "reason string, loaded_at timestamp, event_number bigint, header array<string>, fingerprint string, run_id string, "
    "renamed_columns map<string, string>"
)


@dataclass(frozen=True)
class Delivery:
    """One delivery version as the ledger records it when it arrives."""

    delivery_id: int
    path: str
    content_sha256: str
    size_bytes: int
    row_count: int
    status: str
    reason: str | None
    loaded_at: str
    event_number: int
    header: list[str]
    fingerprint: str
    run_id: str
    renamed_columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What the ledger holds of one version, as far as change detection needs it."""

    delivery_id: int
    path: str
    content_sha256: str
    size_bytes: int
    row_count: int
    status: str
    fingerprint: str
    event_number: int
    header: list[str] = field(default_factory=list)
    renamed_columns: dict[str, str] = field(default_factory=dict)


class Ledger:
    """The ledger in memory, by path: the newest version, and the newest one that was not rejected."""

    def __init__(self, rows: Iterable[Known]) -> None:
        self.newest: dict[str, Known] = {}
        self.newest_accepted: dict[str, Known] = {}
        self.last_id = 0
        self.last_event = 0
        for row in sorted(rows, key=lambda known: known.delivery_id):
            self.newest[row.path] = row
            if row.status != "rejected":
                self.newest_accepted[row.path] = row
            self.last_id = max(self.last_id, row.delivery_id)
            self.last_event = max(self.last_event, row.event_number)

    def compared_with(self, path: str) -> list[Known]:
        """The versions whose bytes make a landed file no news."""
        versions = (self.newest.get(path), self.newest_accepted.get(path))
        return [version for version in versions if version is not None]


def read_ledger(spark: SparkSession) -> Ledger:
    """The ledger as it stands."""
    rows = spark.sql((SQL / "ledger.sql").read_text(encoding="utf-8")).collect()
    return Ledger(Known(**row.asDict()) for row in rows)


def commit_load(spark: SparkSession, deliveries: list[Delivery], records: DataFrame | None) -> None:
    """Append the records of `deliveries` to bronze and enter them in the ledger.

    Raises:
        LakeError: another process wrote bronze meanwhile, or a record was lost on the way; nothing is entered then.
    """
    if records is not None:
        (
            # As a statement, to which the table is there: `saveAsTable` would have Delta read its log back.
            records.writeTo("bronze.emissions")
            # Delta refuses a second append of one version, so a writer that outlived its lock cannot double a row.
            .option("txnAppId", APPEND_APP_ID)
            .option("txnVersion", str(max(delivery.delivery_id for delivery in deliveries)))
            .option("userMetadata", json.dumps({"deliveries": [asdict(delivery) for delivery in deliveries]}))
            .append()
        )
    _enter(spark, deliveries)


def recover(spark: SparkSession, lake: LakePath, ledger: Ledger | None = None) -> list[Delivery]:
    """Finish a load that was cut off between its two commits; returns the deliveries that it entered.

    `ledger` is the ledger as it stands, for callers that have read it.
    """
    note = newest_note(lake, "bronze.emissions", among=COMMITS_SEARCHED)
    if note is None:
        return []
    deliveries = [Delivery(**entry) for entry in json.loads(note)["deliveries"]]
    if (ledger or read_ledger(spark)).last_id >= deliveries[-1].delivery_id:
        return []
    _enter(spark, deliveries)
    return deliveries


def withdraw(spark: SparkSession, path: str) -> bool:
    """Take the newest version of a path back; returns whether anything changed.

    Raises:
        KeyError: the ledger holds no accepted version of the path.
    """
    ledger = read_ledger(spark)
    version = ledger.newest_accepted[path]
    if version.status == "withdrawn":
        return False
    arguments = {"event_number": ledger.last_event + 1, "delivery_id": version.delivery_id}
    spark.sql((SQL / "withdraw.sql").read_text(encoding="utf-8"), args=arguments)
    return True


def undo_withdrawal(spark: SparkSession, path: str, run_id: str) -> int | None:
    """Make a withdrawn version current again under a new id; returns that id, None where nothing was withdrawn.

    Raises:
        KeyError: the ledger holds no accepted version of the path.
    """
    ledger = read_ledger(spark)
    version = ledger.newest_accepted[path]
    if version.status != "withdrawn":
        return None
    revived = Delivery(
        delivery_id=ledger.last_id + 1,
        path=path,
        content_sha256=version.content_sha256,
        size_bytes=version.size_bytes,
        row_count=version.row_count,
        status="loaded",
        reason=None,
        loaded_at=datetime.now(UTC).isoformat(),
        event_number=ledger.last_event + 1,
        header=version.header,
        renamed_columns=version.renamed_columns,
        fingerprint=version.fingerprint,
        run_id=run_id,
    )
    arguments = {"delivery_id": version.delivery_id, "new_delivery_id": revived.delivery_id}
    records = spark.sql((SQL / "copy_records.sql").read_text(encoding="utf-8"), args=arguments)
    commit_load(spark, [revived], records if version.row_count else None)
    return revived.delivery_id


def _enter(spark: SparkSession, deliveries: list[Delivery]) -> None:
    _check_counts(spark, deliveries)
    rows = [asdict(delivery) for delivery in deliveries]
    view_of_rows(spark, "new_deliveries", rows, _LEDGER_SCHEMA)
    superseding = spark.sql((SQL / "superseding.sql").read_text(encoding="utf-8")).collect()[0].is_superseding
    statement = "merge_ledger" if superseding else "append_ledger"
    spark.sql((SQL / f"{statement}.sql").read_text(encoding="utf-8"))


def _check_counts(spark: SparkSession, deliveries: list[Delivery]) -> None:
    """Compare what bronze holds with what framing counted, before the load becomes real."""
    bounds = {"first_id": deliveries[0].delivery_id, "last_id": deliveries[-1].delivery_id}
    counted = spark.sql((SQL / "count_records.sql").read_text(encoding="utf-8"), args=bounds).collect()
    in_bronze = {row.delivery_id: row.row_count for row in counted}
    for delivery in deliveries:
        if in_bronze.get(delivery.delivery_id, 0) != delivery.row_count:
            msg = (
                f"{delivery.path}: {delivery.row_count} records were framed but bronze holds "
                f"{in_bronze.get(delivery.delivery_id, 0)} for delivery {delivery.delivery_id}. Nothing was entered in "
                "the ledger; please report this with the file."
            )
            raise LakeError(msg)
