"""What changed in gold between two runs, by how much, and which deliveries caused it.

The change of a figure is that of the winning records behind it. Each record that left them or came in between the two
runs has one cause, read from the two ledgers; so the causes add up to the change exactly, and that is checked for each
group. docs/methodology.md has the formulas.
"""

from dataclasses import asdict, dataclass
from typing import Any

from pyspark.sql import SparkSession

from lake.as_of import LeftBehind, find_run, looking_back, select_as_of
from lake.errors import UsageError
from lake.queries import query, to_json
from lake.session import bare_session
from lake.settings import Settings

COLUMNS = {
    "date": "activity_date",
    "domain": "domain",
    "country": "country_code",
    "format": "ad_format",
    "device": "device",
}
# The tables of gold that count every record, and what they can be cut by.
TABLES = {
    "gold.daily_emissions": tuple(COLUMNS),
    "gold.daily_by_country_device": ("date", "country", "device"),
    "gold.daily_by_domain_format": ("date", "domain", "format"),
}


@dataclass(frozen=True)
class Difference:
    """The change from one run to another; grams CO2e as decimal strings, as JSON has them.

    `total` is one row over all, `groups` one a value of `by` that changed: records and grams before and after, the
    change, its percentage, its `volume_gco2e` and `intensity_gco2e`, and whether it is `explained`. `causes`: one row a
    cause and delivery.
    """

    run_before: str
    run_after: str
    code_before: str | None
    code_after: str | None
    table: str
    by: str
    total: dict[str, Any]
    groups: list[dict[str, Any]]
    causes: list[dict[str, Any]]

    @property
    def is_whole(self) -> bool:
        """Whether the causes add up to the change of each group and of all."""
        return all(row["explained"] for row in (self.total, *self.groups))

    def document(self, limit: int | None = None) -> dict[str, Any]:
        """The difference as one JSON object, with the largest `limit` groups."""
        return {**asdict(self), "groups": self.groups[:limit], "explained": self.is_whole}


def difference(settings: Settings, earlier: str, later: str, table: str, by: str) -> Difference:
    """What changed in a table of gold from one run to another, by one of its columns.

    Raises:
        UsageError: a run is not there or the second is the older one; the table cannot be cut so.
        LakeError: what a run left is gone, or it left no such table.
    """
    if table not in TABLES:
        msg = f"{table} does not count every record; --table takes {', '.join(TABLES)}"
        raise UsageError(msg)
    if by not in TABLES[table]:
        msg = f"{table} cannot be cut by {by}; --by takes {', '.join(TABLES[table])}"
        raise UsageError(msg)
    spark = bare_session(settings)
    before, after = (find_run(spark, settings, given) for given in (earlier, later))
    if before.finished_at > after.finished_at:
        msg = f"run {before.run_id} is the later one: give the older run first"
        raise UsageError(msg)
    return compared(spark, settings, before, after, table, by)


def compared(
    spark: SparkSession,
    settings: Settings,
    before: LeftBehind,
    after: LeftBehind,
    table: str,
    by: str,
    *,
    with_causes: bool = True,
) -> Difference:
    """The same of two runs that are known, in a session that may have registered the lake.

    Without the causes it is read from gold alone: no row is `explained`, and no record of silver is read.

    Raises:
        LakeError: what a run left is gone, or it left no such table.
    """
    causes: list[dict[str, Any]] = []
    with looking_back(spark, settings, before, after):
        for run, side in ((before, "before"), (after, "after")):
            _show_rows(spark, settings, run, f"gold_{side}", table, by)
            if with_causes:
                _show_rows(spark, settings, run, f"silver_{side}", "silver.emissions", by)
                spark.sql(select_as_of(settings, run, "bronze.deliveries")).createOrReplaceTempView(f"ledger_{side}")
        if with_causes:
            lines = query(spark, "diff_lines", same_code=before.code_version == after.code_version).cache()
        else:
            lines = query(spark, "diff_no_lines")
        try:
            lines.createOrReplaceTempView("lines")
            *groups, total = _rows(spark, "diff_groups")
            if with_causes:
                causes = _rows(spark, "diff_causes")
        finally:
            lines.unpersist()
    return Difference(
        before.run_id, after.run_id, before.code_version, after.code_version, table, by, total, groups, causes
    )


def _show_rows(spark: SparkSession, settings: Settings, run: LeftBehind, view: str, table: str, by: str) -> None:
    """A view of what a run left of a table, each row with its `grain` as text."""
    grain = f"cast({COLUMNS[by]} as string) as grain"
    rows = select_as_of(settings, run, table)
    spark.sql(f"select *, {grain} from ({rows})").createOrReplaceTempView(view)  # noqa: S608


def _rows(spark: SparkSession, name: str) -> list[dict[str, Any]]:
    return [
        {column: value for column, value in to_json(row).items() if column != "is_total"}
        for row in query(spark, name).collect()
    ]
