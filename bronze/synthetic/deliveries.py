"""Synthetic deliveries: plausible records of invented publishers with planted, listed defects and outliers.

They stand in for real input wherever none may be shipped: the example, the tests, the measurements of
speed. The same recipe gives the same bytes on any machine: nothing comes from the clock, the locale or
hash order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bronze.columns import KNOWN_COLUMNS, REQUIRED_COLUMNS
from bronze.synthetic.defects import KINDS, Planter
from bronze.synthetic.files import manifest_path, outliers_path, recipe_path, require_file, writing
from bronze.synthetic.outliers import outliers_text, with_outliers
from bronze.synthetic.pools import pools_for
from bronze.synthetic.recipe import DEFAULTS, Recipe, recipe_text
from bronze.synthetic.rows import good_blocks


@dataclass(frozen=True)
class GeneratedDelivery:
    """A delivery that was written.

    `planted` counts the listed rows by kind (only kinds that occur); `manifest` is a CSV file of
    `record_number,kind` that names each of them; `outliers`, where there are any, one of
    `kind,domain,date,direction` (`kind` is `outlier_domain` or `outlier_day`, `date` ISO 8601 or empty).
    """

    path: Path
    row_count: int
    planted: dict[str, int]
    manifest: Path
    outliers: Path | None = None


def generate(out: Path, recipe: Recipe, on_progress: Callable[[int], None] | None = None) -> GeneratedDelivery:
    """Write a synthetic delivery to `out` and, beside it, the list of its defects; return what was written.

    One row is one record: emissions in grams CO2e to 8 decimals, the stated total the exact sum of the
    printed parts, days in a weekly rhythm. Medians and spreads are those of the real input
    (bronze/synthetic/pools.py). Each row is planted with the probability `recipe.issue_rate` with one of
    `KINDS`, evenly: one reason for quarantine, or an exact repeat of an earlier good row (another kind while
    there is none). The unplanted rows do not depend on the rate.

    A name that ends in `.csv.gz` is compressed: its records are the same everywhere, its bytes wherever the
    same zlib is (forks of it pack otherwise). The lists' names begin with `_`, which the lake ignores. Each
    file appears whole or not at all, the delivery last.

    Args:
        out: the file to write; its folder is made, an older file is replaced.
        recipe: what to write.
        on_progress: called with the rows written so far after each block.

    Raises:
        ValueError: the recipe's outliers have too few days or records, or `out` is something other than a file.
        OSError: the files cannot be written.
    """
    require_file(out)
    pools, outliers = with_outliers(pools_for(recipe), recipe)
    header = KNOWN_COLUMNS if recipe.record_ids else REQUIRED_COLUMNS
    planter = Planter(recipe.seed, recipe.issue_rate)
    sidecars = {
        outliers_path(out): outliers_text(outliers).encode() if outliers else None,
        # The defaults go without, so that the first run's landing area holds the delivery and one list.
        recipe_path(out): recipe_text(recipe).encode() if recipe != DEFAULTS else None,
    }
    with writing(out, sidecars) as (delivery, listing):
        listing.write(b"record_number,kind\n")
        delivery.write((",".join(header) + "\n").encode())
        written = 0
        for lines in good_blocks(recipe, pools):
            listing.writelines(f"{written + 1 + index},{kind}\n".encode() for index, kind in planter.plant(lines))
            delivery.write("".join(lines).encode())
            written += len(lines)
            if on_progress:
                on_progress(written)
    counts = {kind: planter.counts[kind] for kind in KINDS if planter.counts[kind]}
    return GeneratedDelivery(
        out, recipe.rows, counts, manifest_path(out), outliers=outliers_path(out) if outliers else None
    )
