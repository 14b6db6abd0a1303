"""`lake sample`: which records of a release an auditor looks at."""

from pathlib import Path
from typing import Annotated

import typer

from lake.output import Json, print_json, print_line, print_rows, progress
from lake.settings import Settings

MOST_ITEMS = 10_000


def sample(
    release: Annotated[str, typer.Option("--release", metavar="NAME", help="The release to sample.")],
    n: Annotated[int, typer.Option("--n", min=1, max=MOST_ITEMS, help="Points to draw by: at most so many items.")],
    seed: Annotated[int, typer.Option("--seed", help="From the auditor, once the release stands.")],
    out: Annotated[Path, typer.Option("--out", help="The folder that gets the two CSV files.")] = Path(),
    as_json: Json = False,
) -> None:
    """Draw a monetary-unit sample on grams of a release, and one of what it left out; the same seed, the same bytes.

    Each CSV has a row an item: its delivery file and record, values as delivered, cleaning, the released and the
    recomputed grams, the probability with which it was drawn, and empty columns for the auditor's finding.

    Example: lake sample --release 2026-q3 --n 60 --seed 20261125
    """
    from lake.sample import as_documents
    from lake.sample import sample as draw

    with progress(as_json) as say:
        say("drawing the samples")
        samples = draw(Settings(), release, n, seed, out)
    documents = as_documents(samples)
    if as_json:
        print_json(documents)
        return
    labels = {
        "population": "sample of",
        "row_count": "records",
        "weight_gco2e": "gCO2e",
        "interval_gco2e": "interval",
        "items": "items",
        "certain_items": "of them certain",
        "never_drawn_rows": "never drawn (0 g)",
    }
    print_rows([*labels.values()], [{label: row[name] for name, label in labels.items()} for row in documents])
    for row in documents:
        print_line(f"{row['file']}  SHA-256 {row['sha256']}")
