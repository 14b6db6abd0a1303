"""`lake generate`: synthetic deliveries, and corrections of them."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from bronze.synthetic.recipe import DEFAULTS, HIGHEST_SKEW, MOST_DOMAINS, Recipe
from lake.errors import LakeError, UsageError
from lake.output import progress

DEFAULT_RESTATE_RATE = 0.01


def generate(  # noqa: PLR0913, PLR0917 - a command has as many parameters as options
    out: Annotated[Path, typer.Argument(help="The .csv or .csv.gz to write.")],
    rows: Annotated[int, typer.Option(min=0, help="Records.")] = DEFAULTS.rows,
    days: Annotated[int, typer.Option(min=1, help="Days that they spread over.")] = DEFAULTS.days,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = DEFAULTS.seed,
    issue_rate: Annotated[float, typer.Option(min=0, max=1, help="Share of defective records.")] = DEFAULTS.issue_rate,
    record_ids: Annotated[
        bool, typer.Option("--record-ids", help="Add the column record_id: each record's own identity.")
    ] = DEFAULTS.record_ids,
    domains: Annotated[int, typer.Option(min=1, max=MOST_DOMAINS, help="Publishers to draw from.")] = DEFAULTS.domains,
    skew: Annotated[
        float,
        typer.Option(
            min=0, max=HIGHEST_SKEW, help="Zipf's exponent: the n-th publisher is 1/n^SKEW as popular; 0: all equally."
        ),
    ] = DEFAULTS.skew,
    outlier_domains: Annotated[
        int,
        typer.Option(
            min=0,
            help="Domains to plant whose total is far above all others, for gold.flagged_domains; a fifth at most. "
            "Sure to be flagged from 5,000 rows on.",
        ),
    ] = DEFAULTS.outlier_domains,
    outlier_days: Annotated[
        int,
        typer.Option(
            min=0,
            help="Days of popular domains to plant with 128 times or a 128th of their emissions, for "
            "gold.flagged_domain_days; needs more than 28 days and some 10 records a domain and day.",
        ),
    ] = DEFAULTS.outlier_days,
    restate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write no new delivery but the correction of FILE, an earlier generated one with its lists beside "
            "it: planted defects give way to the good rows, some good rows get other emissions. With record_id a "
            "row keeps its id (some change their date), so that OUT may be landed under any path and corrects "
            "record by record; without, land OUT under FILE's path (lake land OUT --as PATH), which it supersedes. "
            "Only --seed and --restate-rate go with it.",
        ),
    ] = None,
    restate_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Share of good records that --restate changes.")
    ] = DEFAULT_RESTATE_RATE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
) -> None:
    """Write a synthetic delivery with planted, listed defects, or the correction of one.

    Beside OUT lie _<stem>.manifest.csv (record_number,kind: every planted or changed record), _<stem>.outliers.csv
    (kind,domain,date,direction) where outliers are planted, and _<stem>.recipe.json, which --restate reads, for
    other options than the defaults. The lake ignores them.

    Example: lake generate --rows 1000 --days 31 --seed 1 --issue-rate 0.05 example.csv

    Example: lake generate --restate example.csv corrected.csv
    """
    with _errors_named(out):
        recipe = Recipe(
            rows=rows,
            days=days,
            seed=seed,
            issue_rate=issue_rate,
            record_ids=record_ids,
            domains=domains,
            skew=skew,
            outlier_domains=outlier_domains,
            outlier_days=outlier_days,
        )
        _check_use(recipe, restate, restate_rate)
        with progress(as_json, "generating") as say:
            if restate is None:
                document, text = _generated(out, recipe, lambda done: say.count(done, rows))
            else:
                document, text = _restated(restate, out, restate_rate, seed, lambda done: say(f"{done:,} records"))
    sys.stdout.write((json.dumps(document, ensure_ascii=False) if as_json else text) + "\n")


def _check_use(recipe: Recipe, restate: Path | None, restate_rate: float) -> None:
    if restate is not None and replace(recipe, seed=DEFAULTS.seed) != DEFAULTS:
        msg = "--restate corrects FILE as it was generated; only --seed and --restate-rate go with it"
        raise UsageError(msg)
    if restate is None and restate_rate != DEFAULT_RESTATE_RATE:
        msg = "--restate-rate needs --restate FILE"
        raise UsageError(msg)


def _generated(out: Path, recipe: Recipe, on_progress: Callable[[int], None]) -> tuple[dict[str, Any], str]:
    from bronze.synthetic.deliveries import generate as write_delivery

    made = write_delivery(out, recipe, on_progress)
    document = {
        "path": str(made.path),
        "row_count": made.row_count,
        "planted": made.planted,
        "manifest": str(made.manifest),
        "outliers": str(made.outliers) if made.outliers else None,
    }
    planted = sum(made.planted.values())
    return document, f"{made.path}: {made.row_count:,} records, {planted:,} with planted defects"


def _restated(
    original: Path, out: Path, rate: float, seed: int, on_progress: Callable[[int], None]
) -> tuple[dict[str, Any], str]:
    from bronze.synthetic.restated import restate

    made = restate(original, out, rate=rate, seed=seed, on_progress=on_progress)
    document = {
        "path": str(made.path),
        "row_count": made.row_count,
        "changes": made.changes,
        "manifest": str(made.manifest),
    }
    changes = ", ".join(f"{count:,} {kind}" for kind, count in made.changes.items()) or "none changed"
    return document, f"{made.path}: {made.row_count:,} records, {changes}"


@contextmanager
def _errors_named(out: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise UsageError(str(error)) from error
    except (OSError, EOFError) as error:
        strerror = error.strerror if isinstance(error, OSError) else None
        msg = f"cannot make {out}: {strerror or error}"
        raise LakeError(msg) from error
