"""Landing to bronze: find new versions, frame them, append their records, enter them in the ledger."""

import atexit
import os
import shutil
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pyspark.sql import DataFrame, SparkSession

from bronze import landing_s3
from bronze.columns import KNOWN_COLUMNS, REQUIRED_COLUMNS
from bronze.landing import Found, Ignored, fingerprint_of, list_landing, listing_digest
from bronze.ledger import SQL, Delivery, Known, Ledger, commit_load, read_ledger, recover
from bronze.records import ChangingError, HashingReader, RejectedError, UnreadableError, frame, sha256_of
from bronze.renaming import applied
from bronze.walk import Walk
from lake.queries import view_of_rows
from lake.storage import LakePath, S3Path, escaped
from lake.tables import STAGING
from lake.terminal import printable

# A batch is one commit: large enough to be cheap, small enough for the disk that staging takes.
BATCH_DELIVERIES = 500
BATCH_BYTES = 4 << 30
# Coarser file systems and clocks must not hide a change that follows right after a load.
RACY_NANOSECONDS = 2_000_000_000
# A reason is read by people: of thousands of columns it names these many.
NAMED_COLUMNS = 20


@dataclass
class Ingested:
    """What one ingest did."""

    deliveries: list[Delivery] = field(default_factory=list)
    recovered: list[Delivery] = field(default_factory=list)
    unchanged_count: int = 0
    ignored: list[Ignored] = field(default_factory=list)
    # Of the listing, where bronze has all of it and a later change of a file will show; else None.
    listing_digest: str | None = None


@dataclass(frozen=True)
class _Arrival:
    """A new version on its way: where it was found and how framing ended."""

    delivery: Delivery
    staged: Path | None
    staged_bytes: int = 0


@dataclass(frozen=True)
class _Landed:
    """An opened delivery: its bytes, how many there should be, its mark, and whether it changed while it was read."""

    raw: BinaryIO
    size_bytes: int
    fingerprint: str
    has_changed: Callable[[int], bool]


def ingest(
    spark: SparkSession,
    landing: LakePath,
    lake: LakePath,
    run_id: str,
    on_step: Callable[[str], None] = lambda _: None,
    on_bytes: Callable[[int, int], None] = lambda _, __: None,
) -> Ingested:
    """Bring every new delivery version of the landing area into bronze and the ledger.

    The caller holds the lake's lock and has made the tables. `on_step` is told what is done now, `on_bytes` how many
    bytes of landing are behind it, and of how many.

    Raises:
        LakeError: landing cannot be listed, or the lake cannot be written.
    """
    staging = _staging(lake)
    shutil.rmtree(staging, ignore_errors=True)
    ledger = read_ledger(spark)
    result = Ingested(recovered=recover(spark, lake, ledger))
    if result.recovered:
        ledger = read_ledger(spark)
    listed_at = datetime.now(UTC)
    found, result.ignored = list_landing(landing)
    walk = Walk(found, on_step, on_bytes)
    news = _new_versions(walk, ledger, result)
    arrivals = _arrivals(news, ledger, staging, run_id, walk, result.ignored)
    for batch in _batches(arrivals):
        on_step(f"writing {sum(arrival.delivery.row_count for arrival in batch):,} records to bronze")
        _load(spark, batch, staging)
        result.deliveries += [arrival.delivery for arrival in batch]
    shutil.rmtree(staging, ignore_errors=True)
    is_all_known = result.unchanged_count + len(result.deliveries) == len(found)
    if is_all_known and all(_settled_fingerprint(item, listed_at) for item in found):
        result.listing_digest = listing_digest(found)
    return result


def _staging(lake: LakePath) -> Path:
    """The folder for framed records: in the lake, or for one on S3 a new one of this machine, which Spark runs on."""
    if isinstance(lake, S3Path):
        folder = tempfile.mkdtemp(prefix="lake-staging-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return Path(folder, "records")
    return lake / STAGING


def _new_versions(walk: Walk, ledger: Ledger, result: Ingested) -> Iterator[Found]:
    for item in walk:
        try:
            is_known = _is_known(item, ledger)
        except (OSError, UnreadableError) as error:
            result.ignored.append(Ignored(item.path, _not_readable(error)))
            continue
        if is_known:
            result.unchanged_count += 1
        else:
            yield item


def _not_readable(error: Exception) -> str:
    cause = error.strerror if isinstance(error, OSError) else str(error)
    return f"it cannot be read: {cause}; the next run tries again"


def _is_known(item: Found, ledger: Ledger) -> bool:
    versions = [version for version in ledger.compared_with(item.path) if not _may_load_now(version, item)]
    if any(version.fingerprint == item.fingerprint for version in versions):
        return True
    size_bytes = item.file.stat().st_size
    if all(version.size_bytes != size_bytes for version in versions):
        return False
    content_sha256 = landed_sha256(item)
    return any(version.content_sha256 == content_sha256 for version in versions)


def landed_sha256(item: Found) -> str:
    """The SHA-256 of a landed file's bytes as hex digits, wherever it lies.

    Raises:
        UnreadableError: it cannot be read, or was replaced.
        OSError: a local file cannot be read.
    """
    return landing_s3.sha256_of(item.file) if isinstance(item.file, S3Path) else sha256_of(item.file)


def _may_load_now(version: Known, item: Found) -> bool:
    """Whether a version was rejected while its columns went by other names than now."""
    return version.status == "rejected" and applied(item.renaming, version.header) != version.renamed_columns


def _arrivals(
    news: Iterator[Found],
    ledger: Ledger,
    staging: Path,
    run_id: str,
    walk: Walk,
    ignored: list[Ignored],
) -> Iterator[_Arrival]:
    loaded_at = datetime.now(UTC)
    delivery_id = ledger.last_id + 1
    for item in news:
        walk.on_step(f"reading {printable(item.path)}")
        # An event of its own for each: what a crash leaves to the next run must not look as if silver had taken it in.
        event_number = ledger.last_event + delivery_id - ledger.last_id
        try:
            arrival = _frame_delivery(item, delivery_id, event_number, staging, loaded_at, run_id, walk)
        except ChangingError:
            ignored.append(Ignored(item.path, "it changed while it was read; the next run reads it again"))
        except UnreadableError as error:
            ignored.append(Ignored(item.path, _not_readable(error)))
        else:
            yield arrival
            delivery_id += 1


def _frame_delivery(
    item: Found, delivery_id: int, event_number: int, staging: Path, loaded_at: datetime, run_id: str, walk: Walk
) -> _Arrival:
    staging.mkdir(parents=True, exist_ok=True)
    sink_file = staging / f"{delivery_id}.txt"
    header: tuple[str, ...] = ()
    row_count, reason = 0, None
    with _landed(item, loaded_at) as landed:
        source = HashingReader(landed.raw, limit_bytes=landed.size_bytes, on_bytes=walk.read)
        try:
            with sink_file.open("wb") as sink:
                framed = frame(source, gz=item.path.endswith(".gz"), delivery_id=delivery_id, staged=sink)
            header, row_count = framed.header, framed.record_count
            check_header([item.renaming.get(name, name) for name in header])
        except RejectedError as rejection:
            reason, row_count = str(rejection), 0
            sink_file.unlink()
        content_sha256 = source.drain()
        has_changed = landed.has_changed(source.size_bytes)
    if has_changed:
        raise ChangingError
    delivery = Delivery(
        delivery_id=delivery_id,
        path=item.path,
        content_sha256=content_sha256,
        size_bytes=source.size_bytes,
        row_count=row_count,
        status="rejected" if reason else "loaded",
        reason=reason,
        loaded_at=loaded_at.isoformat(),
        event_number=event_number,
        header=list(header),
        fingerprint=landed.fingerprint,
        run_id=run_id,
        renamed_columns=applied(item.renaming, list(header)),
    )
    return _Arrival(delivery, None if reason else sink_file, 0 if reason else sink_file.stat().st_size)


@contextmanager
def _landed(item: Found, loaded_at: datetime) -> Iterator[_Landed]:
    if isinstance(item.file, S3Path):
        size_bytes = item.file.stat().st_size
        with landing_s3.opened(item.file) as raw:
            yield _Landed(raw, size_bytes, item.fingerprint, lambda read_bytes: read_bytes != size_bytes)
        return
    with _opened(item.file) as raw:
        before = os.fstat(raw.fileno())

        def has_changed(read_bytes: int) -> bool:
            after = os.fstat(raw.fileno())
            return (read_bytes, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)

        yield _Landed(raw, before.st_size, _settled_fingerprint(item, loaded_at), has_changed)


def _opened(file: Path) -> BinaryIO:
    """The file, if it still is one: a pipe that has taken its place would be waited for without end."""
    try:
        raw = open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb")  # noqa: PTH123, SIM115
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
        raw.close()
        msg = "it is no regular file any more"
        raise UnreadableError(msg)
    return raw


def check_header(header: list[str]) -> None:
    """Accept a header that names every required column once.

    Raises:
        RejectedError: a required column is missing, or a name stands twice.
    """
    repeated = sorted(name for name, count in Counter(header).items() if count > 1)
    if repeated:
        msg = f"repeated column: {_listed(repeated)}"
        raise RejectedError(msg)
    missing = [name for name in REQUIRED_COLUMNS if name not in header]
    if missing:
        msg = f"missing column: {', '.join(missing)}"
        raise RejectedError(msg)


def _listed(names: list[str]) -> str:
    shown = [name or "(a column without a name)" for name in names[:NAMED_COLUMNS]]
    more = [f"and {len(names) - NAMED_COLUMNS:,} more"] if len(names) > NAMED_COLUMNS else []
    return ", ".join(shown + more)


def _settled_fingerprint(item: Found, at: datetime) -> str:
    """The file's mark if it has rested long enough to be trusted, else one that never matches; on S3 it always has."""
    if isinstance(item.file, S3Path):
        return item.fingerprint
    try:
        file = item.file
        changed_ns = file.stat().st_ctime_ns
        rested = at.timestamp() * 1e9 - changed_ns > RACY_NANOSECONDS
        return item.fingerprint if rested and fingerprint_of(file) == item.fingerprint else ""
    except OSError:
        return ""


def _batches(arrivals: Iterator[_Arrival]) -> Iterator[list[_Arrival]]:
    batch: list[_Arrival] = []
    staged_bytes = 0
    for arrival in arrivals:
        batch.append(arrival)
        staged_bytes += arrival.staged_bytes
        if len(batch) >= BATCH_DELIVERIES or staged_bytes >= BATCH_BYTES:
            yield batch
            batch, staged_bytes = [], 0
    if batch:
        yield batch


def _load(spark: SparkSession, batch: list[_Arrival], staging: Path) -> None:
    accepted = [arrival for arrival in batch if arrival.staged is not None and arrival.delivery.row_count]
    commit_load(spark, [arrival.delivery for arrival in batch], _records(spark, accepted) if accepted else None)
    shutil.rmtree(staging)


def _records(spark: SparkSession, accepted: list[_Arrival]) -> DataFrame:
    headers = []
    for arrival in accepted:
        renamed = arrival.delivery.renamed_columns
        header = [renamed.get(name, name) for name in arrival.delivery.header]
        extra = [(name, position) for position, name in enumerate(header) if name not in KNOWN_COLUMNS]
        headers.append(
            {
                "delivery_id": arrival.delivery.delivery_id,
                "field_count": len(header),
                "positions": [header.index(name) if name in header else None for name in KNOWN_COLUMNS],
                "extra_names": [name for name, _ in extra],
                "extra_positions": [position for _, position in extra],
            }
        )
    schema = (
        "delivery_id bigint, field_count int, positions array<int>, extra_names array<string>, "
        "extra_positions array<int>"
    )
    view_of_rows(spark, "staged_headers", headers, schema)
    files = [escaped(arrival.staged) for arrival in accepted]
    spark.read.text(files, lineSep="\n").createOrReplaceTempView("staged_lines")
    return spark.sql((SQL / "append_records.sql").read_text(encoding="utf-8"))
