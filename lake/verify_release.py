"""`lake verify MANIFEST`: a release against its copies, against a recomputation, and against the lake as it is now.

Five things are compared with what the manifest says: the lake's own manifest and those before it; the copies; silver
and gold, built once more from bronze and the ledger of the release; the records in bronze and the ledger's rows of each
delivery; and the tables as they are now. The last may differ, since later runs restate; that is said apart, unless no
run can have done it.
"""

from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lake import transforms
from lake.code import code_version
from lake.digests import Content, contents, contents_by
from lake.errors import LakeError
from lake.manifest import Manifest, content_of, copy_of, given, sha256
from lake.period import EXCLUDED, LEDGER, RECORDS, tables_of, view_of
from lake.queries import query, to_json, view_of_rows
from lake.released import copied
from lake.session import open_session
from lake.settings import Settings
from lake.storage import LakePath, remove_tree
from lake.tables import RUNS, SCRATCH, list_tables, literal, location, rows_commit

EQUAL, RESTATED, DIFFERS = "equal", "restated", "differs"
MANIFEST, COPY, RECOMPUTED, DELIVERED, NOW = "manifest", "copy", "recomputed", "delivered", "now"


@dataclass(frozen=True)
class Checked:
    """One thing of a release against its manifest.

    `name` is a table, a delivery's path or a manifest; `against` what was compared: `manifest`, `copy`, `recomputed`,
    `delivered` or `now`; `status` `equal`, `differs`, or `restated` where runs after the release changed it.
    """

    name: str
    against: str
    status: str
    released: str | None = None
    found: str | None = None


@dataclass(frozen=True)
class Verified:
    """All that was compared, and whether the code that recomputed is the one that made the run."""

    release: str
    checked: list[Checked]
    code_of_run: str | None
    code_now: str

    @property
    def differing(self) -> list[Checked]:
        """What is not as it was released, and no run can have changed."""
        return [item for item in self.checked if item.status == DIFFERS]


def verify_release(settings: Settings, name_or_path: str) -> Verified:
    """Compare a release with everything that should still say the same.

    Needs a process of its own, whose session has not opened the lake, and as much disk as a rebuild takes. The caller
    holds the lake's lock. Nothing of the lake is changed.

    Raises:
        UsageError: there is no such release or manifest.
        LakeError: the lake has no such tables, or the recomputation failed.
    """
    manifest, content = given(settings, name_or_path)
    checked = _manifests(settings.lake_path, manifest, content)
    scratch = settings.lake_path / SCRATCH
    remove_tree(scratch)
    if RUNS not in list_tables(settings.lake_path):
        msg = "the lake has had no run yet: there is nothing to verify"
        raise LakeError(msg)
    try:
        spark = open_session(settings, derived=scratch)
        checked += _tables(spark, settings, manifest)
    finally:
        remove_tree(scratch)
    return Verified(manifest.release, checked, manifest.run["code_version"], code_version())


def _tables(spark: SparkSession, settings: Settings, manifest: Manifest) -> list[Checked]:
    """Copies, deliveries, recomputation and the tables as they are, in a session that has no silver and gold yet."""
    standing = {table["table"]: table for table in manifest.tables}
    copies = {
        table: copied(spark, settings.lake_path, manifest.release, table)
        for table in standing
        if (copy_of(settings.lake_path, manifest.release, table) / "_delta_log").exists()
    }
    checked = _compared(manifest, COPY, contents(spark, copies))
    if LEDGER not in copies:
        return checked
    now = _now(spark, settings, manifest)
    checked += _deliveries(spark, settings, manifest)
    ledger = literal(copy_of(settings.lake_path, manifest.release, LEDGER))
    spark.sql(f"drop table {LEDGER}")
    spark.sql(f"create table {LEDGER} using delta location {ledger}")
    transforms.build(spark, settings)
    with tables_of(spark, spark.table, manifest.days) as made_anew:
        made_anew.pop(LEDGER)
        recomputed = contents(spark, made_anew)
    return [*checked, *_compared(manifest, RECOMPUTED, recomputed), *now]


def _manifests(lake: LakePath, manifest: Manifest, content: bytes) -> list[Checked]:
    """The lake's own manifest of the release, and those that it names as made before it."""
    known = {**manifest.earlier_releases, manifest.release: sha256(content)}
    found = {name: content_of(lake, name) for name in known}
    digests = {name: None if file is None else sha256(file) for name, file in found.items()}
    return [_checked(name, MANIFEST, released, digests[name]) for name, released in known.items()]


def _compared(manifest: Manifest, against: str, found: dict[str, Content]) -> list[Checked]:
    names = [table for table in manifest.tables if against == COPY or table["table"] in found]
    return [
        _checked(
            table["table"], against, _said(table), _held(found[table["table"]]) if table["table"] in found else None
        )
        for table in names
    ]


def _now(spark: SparkSession, settings: Settings, manifest: Manifest) -> list[Checked]:
    """The tables as they are; what differs is `restated` where a later run may have done it."""
    lake = settings.lake_path
    standing = list_tables(lake)

    def read(table: str) -> DataFrame:
        # In the place of a table that is gone stands what was released of it, so that the others can be compared.
        if table not in standing:
            return copied(spark, settings.lake_path, manifest.release, table)
        return spark.read.format("delta").load(location(lake, table))

    read(RUNS).createOrReplaceTempView("runs_now")
    read(LEDGER).createOrReplaceTempView("ledger_now")
    copied(spark, settings.lake_path, manifest.release, LEDGER).createOrReplaceTempView("ledger_released")
    later = query(spark, "verify_later", run_id=manifest.run["run_id"]).collect()[0]
    noted = dict(later.table_versions)
    with tables_of(spark, read, manifest.days) as tables:
        for own in (LEDGER, EXCLUDED):
            tables.pop(own)
        found = contents(spark, {name: tables[name] for name in tables if name in standing})
    checks = _compared(manifest, NOW, found)
    gone = [
        _checked(table["table"], NOW, _said(table), None)
        for table in manifest.tables
        if table["table"] in tables and table["table"] not in standing
    ]
    return gone + [
        Checked(item.name, NOW, RESTATED, item.released, item.found)
        if item.status == DIFFERS and later.has_news and int(rows_commit(lake, item.name).stem) <= noted[item.name]
        else item
        for item in checks
    ]


def _deliveries(spark: SparkSession, settings: Settings, manifest: Manifest) -> list[Checked]:
    """The ledger's rows and the bronze records of each delivery behind the release."""
    spark.read.format("delta").load(location(settings.lake_path, RECORDS)).createOrReplaceTempView(view_of(RECORDS))
    ids = [{"delivery_id": delivery["delivery_id"]} for delivery in manifest.deliveries]
    view_of_rows(spark, "released_deliveries", ids, "delivery_id bigint")
    digests = contents_by(spark, query(spark, "released_records"), "delivery_id")
    ledger = {row.delivery_id: row for row in query(spark, "verify_deliveries").collect()}
    checks = []
    for delivery in manifest.deliveries:
        row, records = ledger.get(delivery["delivery_id"]), digests.get(str(delivery["delivery_id"]))
        checks.append(
            _checked(
                f"{delivery['path']} (delivery {delivery['delivery_id']})",
                DELIVERED,
                _delivered(delivery, delivery["records_digest"]),
                _delivered(to_json(row), records.digest) if row and records else None,
            )
        )
    return checks


def _delivered(delivery: dict[str, Any], records_digest: str) -> str:
    named = ", ".join(str(delivery[name]) for name in ("path", "content_sha256", "row_count"))
    return f"{named}, records {records_digest}"


def _said(table: dict[str, Any]) -> str:
    grams = "" if table["total_gco2e"] is None else f", {table['total_gco2e']} g CO2e"
    return f"{table['row_count']} rows{grams}, {table['digest']}"


def _held(content: Content) -> str:
    return _said(to_json(vars(content)))


def _checked(name: str, against: str, released: str, found: str | None) -> Checked:
    return Checked(name, against, EQUAL if released == found else DIFFERS, released, found)
