"""`lake sample`: a monetary-unit sample of a release for whoever gives assurance, and one of what it left out.

The unit is the gram: a record is drawn with a probability proportional to its grams, and each can be computed from the
release, the number of points and the seed alone. A file has one row an item, with where it was delivered, its values as
delivered, what cleaning changed, its value in the release and computed once more, and empty columns for the auditor.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from pyspark.sql import Row, SparkSession

from bronze.columns import KNOWN_COLUMNS
from lake.errors import LakeError, UsageError
from lake.manifest import Manifest, require
from lake.period import LEDGER, judging, view_of
from lake.queries import query, to_json
from lake.released import open_release
from lake.sampling import UNITS_A_GRAM, probability, start_of
from lake.settings import Settings
from lake.spreadsheet import write_csv

INCLUDED, EXCLUDED = "included", "excluded"
DELIVERED = (*KNOWN_COLUMNS, "extra_columns")
COLUMNS = (
    *("item", "place", "path", "content_sha256", "delivery_id", "record_number", "record_key"),
    *("points", "is_certain", "selection_probability", "size_gco2e"),
    *(f"delivered_{name}" for name in DELIVERED),
    *("malformed_line", "cleaning", "reasons", "replaced_by"),
    *("released_gco2e", "recomputed_gco2e"),
    # For the auditor to fill in.
    *("audited_gco2e", "finding", "evidence", "auditor", "audited_on"),
)


@dataclass(frozen=True)
class Sampled:
    """One sample and how it was drawn; grams CO2e as decimal strings.

    `interval_gco2e` (rounded) is the grams of the population, as it was sized, by the points. `all_units` is in units
    of 0.0000000001 g and exact, `start_units` is n times the place of the first point. `items` is at most `n`: a record
    of several intervals is one item.
    """

    population: str
    file: str
    sha256: str
    n: int
    seed: int
    row_count: int
    weight_gco2e: str
    never_drawn_rows: int
    all_units: int
    start_units: int
    interval_gco2e: str
    items: int
    certain_items: int


def sample(settings: Settings, release: str, n: int, seed: int, folder: Path) -> list[Sampled]:
    """Draw both samples of a release and write a CSV file for each into the folder.

    Needs a process whose session has not registered the lake.

    Raises:
        UsageError: there is no such release, or no such folder.
        LakeError: the release's copies are not what its manifest says, or a file cannot be written.
    """
    manifest = require(settings.lake_path, release)
    if not folder.is_dir():
        msg = f"there is no folder {folder}"
        raise UsageError(msg)
    spark = open_release(settings, manifest)
    for table in (LEDGER, "silver.country_names"):
        spark.table(table).createOrReplaceTempView(view_of(table))
    return [_sampled(spark, manifest, population, n, seed, folder) for population in (INCLUDED, EXCLUDED)]


def _sampled(spark: SparkSession, manifest: Manifest, population: str, n: int, seed: int, folder: Path) -> Sampled:
    query(spark, f"sample_{population}").createOrReplaceTempView("population")
    whole = query(spark, "sample_population").collect()[0]
    _check(manifest, population, whole)
    all_units = int(whole.all_units)
    start = start_of(seed, population, all_units) if all_units else 0
    drawn = draw(spark, n, start, all_units) if all_units else []
    file = folder / f"{manifest.release}-{population}-n{n}-seed{seed}.csv"
    write_csv(file, COLUMNS, _cells(spark, drawn, all_units, n) if drawn else ())
    return Sampled(
        population=population,
        file=str(file),
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        n=n,
        seed=seed,
        row_count=whole.row_count,
        weight_gco2e=to_json(whole.weight_gco2e),
        never_drawn_rows=whole.never_drawn_rows,
        all_units=all_units,
        start_units=start,
        interval_gco2e=_rounded(Fraction(all_units, n * UNITS_A_GRAM), 10),
        items=len(drawn),
        certain_items=sum(row.is_certain for row in drawn),
    )


def draw(spark: SparkSession, n: int, start: int, all_units: int) -> list[Row]:
    """The items of the view `population` that n points from a start on draw, in their order."""
    rows = query(spark, "sample_draw", n=n, start=str(start), all_units=str(all_units)).cache()
    try:
        rows.createOrReplaceTempView("sampled")
        return rows.orderBy("item").collect()
    finally:
        rows.unpersist()


def _check(manifest: Manifest, population: str, whole: Row) -> None:
    """The population is what the manifest says, in rows and grams."""
    stated = {(manifest.row_count, Decimal(manifest.total_gco2e))}
    if population == EXCLUDED:
        weights = (Decimal(place["weight_gco2e"]) for place in manifest.excluded)
        stated = {(sum(place["row_count"] for place in manifest.excluded), sum(weights, Decimal(0)))}
    if stated != {(whole.row_count, whole.weight_gco2e)}:
        msg = (
            f"the copies of release {manifest.release} are not what its manifest says: no sample was drawn. "
            f"lake verify {manifest.release} says more."
        )
        raise LakeError(msg)


def _cells(spark: SparkSession, drawn: list[Row], all_units: int, n: int) -> Iterator[list[object]]:
    query(spark, "sample_records").createOrReplaceTempView("sampled_records")
    judged = judging(spark, "sampled_records").cache()
    try:
        judged.createOrReplaceTempView("sampled_judged")
        query(spark, "sample_slice").createOrReplaceTempView("slice")
        origins = {_place(row): to_json(row) for row in query(spark, "why_records", row_limit=len(drawn)).collect()}
        recomputed = {_place(row): row.weight_gco2e for row in judged.collect()}
    finally:
        judged.unpersist()
    for row in drawn:
        if _place(row) not in origins:
            msg = f"bronze has no record {row.record_number} of delivery {row.delivery_id}: lake verify says more"
            raise LakeError(msg)
        yield _item(row, origins[_place(row)], recomputed[_place(row)], probability(int(row.units), all_units, n))


def _place(row: Row) -> tuple[int, int]:
    return row.delivery_id, row.record_number


def _item(row: Row, origin: dict[str, Any], recomputed: Decimal | None, chance: Fraction) -> list[object]:
    delivered = origin["delivered"] or dict.fromkeys(DELIVERED)
    extra = delivered["extra_columns"]
    raw = {**delivered, "extra_columns": json.dumps(extra, ensure_ascii=False) if extra else None}
    changed = (f"{item['column']} {item['delivered']!r}: {item['cleaned']}" for item in origin["changed"])
    return [
        *(row.item, row.place, origin["path"], origin["content_sha256"], row.delivery_id, row.record_number),
        *(row.record_key, row.points, "yes" if row.is_certain else "no", _rounded(chance, 12)),
        to_json(row.size_gco2e),
        *(raw[name] for name in DELIVERED),
        *(origin["malformed_line"], "; ".join(changed), "; ".join(row.reasons), _replacement(origin)),
        *(to_json(row.weight_gco2e), to_json(recomputed)),
        *("", "", "", "", ""),
    ]


def _replacement(origin: dict[str, Any]) -> str | None:
    if origin["winner"]:
        return f"{origin['winner']['path']} record {origin['winner']['record_number']}"
    return f"delivery {origin['superseded_by']}" if origin["superseded_by"] else None


def _rounded(value: Fraction, places: int) -> str:
    """A fraction to so many decimals, half up, exactly."""
    scaled = (value * 10**places * 2 + 1) // 2
    return f"{Decimal(scaled).scaleb(-places):.{places}f}"


def as_documents(samples: list[Sampled]) -> list[dict[str, Any]]:
    """The samples as JSON has them; numbers beyond what JavaScript can hold are strings."""
    return [{**asdict(one), "all_units": str(one.all_units), "start_units": str(one.start_units)} for one in samples]
