"""A report as one HTML file that needs nothing else: style, plot library, figures and the script that filters them.

Delivered text is hostile until shown otherwise. Jinja escapes all of it, the script only ever sets text, the JSON that
it reads cannot end its element, and the page's own policy lets no script run but those that it names by their digests.
"""

import base64
import hashlib
import json
import shlex
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lake import plots
from lake.code import methodology_version
from lake.errors import LakeError
from lake.replacing import replacing
from lake.report import MOST_CELLS, MOST_DOMAINS, MOST_FLAGGED_DAYS, REFUSED_A_REASON, Report

PAGE = Path(__file__).parent / "page"
DIMENSIONS = ("bucket", "domain", "country_code", "ad_format", "device", "domain_coverage")
PARTS = ("ad_selection_gco2e", "creative_distribution_gco2e", "media_distribution_gco2e")
SHOWN_DECIMALS = 4
PLACES = {
    "silver": "reported",
    "quarantined": "excluded",
    "duplicate": "duplicates",
    "superseded": "superseded, withdrawn",
}


def render(report: Report) -> str:
    """The page of a report."""
    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"grams": grams, "count": "{:,}".format, "percent": percent}
    environment.globals |= {"why": why, "sql": sql}
    scripts = [plots.library(), *((PAGE / name).read_text(encoding="utf-8") for name in ("charts.js", "report.js"))]
    return environment.get_template("report.html").render(
        report=report,
        places=PLACES,
        status=status(report),
        style=Markup((PAGE / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - ours
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - ours and the plot library's
        policy=" ".join(f"'sha256-{_digest(script)}'" for script in scripts),
        data=Markup(_json(embedded(report))),  # noqa: S704 - cannot end its element
        library=plots.versions(),
        methodology=methodology_version(),
        bounds={
            "cells": MOST_CELLS,
            "domains": MOST_DOMAINS,
            "flagged_days": MOST_FLAGGED_DAYS,
            "refused": REFUSED_A_REASON,
        },
    )


def write(folder: Path, name: str, page: str) -> Path:
    """Put a page into a folder, whole or not at all, in the place of the one that was there; returns its path.

    Raises:
        LakeError: the folder cannot be written.
    """
    file = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(file) as out:
            out.write(page.encode())
    except OSError as error:
        msg = f"cannot write {file}: {error.strerror}. Give another folder with --out."
        raise LakeError(msg) from error
    return file


def status(report: Report) -> tuple[str, str]:
    """Whether the figures were given out: a word for the badge, and a sentence."""
    if not report.releases:
        return "Provisional", "No release gives these figures out; later deliveries may change them."
    names = "; ".join(f"{one['release']}: {one['first_day']} to {one['last_day']}" for one in report.releases)
    first, last = report.headline["first_day"], report.headline["last_day"]
    is_whole = any(one["first_day"] <= first and last <= one["last_day"] for one in report.releases)
    word = "Released" if is_whole else "Partly released"
    return word, f"Released as {names}." + ("" if is_whole else " All other days are provisional.")


def embedded(report: Report) -> dict[str, Any]:
    """What the page's script reads: the cells by columns, numbers of names and grams in units of 10^-10 g."""
    names = {
        dimension: sorted({cell[dimension] for cell in report.cells if cell[dimension] is not None})
        for dimension in DIMENSIONS
    }
    places = {dimension: {name: place for place, name in enumerate(found)} for dimension, found in names.items()}
    cells = {
        # NULL stands for all domains, or countries, beyond the largest
        dimension: _column([places[dimension].get(cell[dimension], -1) for cell in report.cells])
        for dimension in DIMENSIONS
    }
    cells["record_count"] = _column([cell["record_count"] for cell in report.cells])
    cells |= {part: _column([_units(cell[part]) for cell in report.cells]) for part in PARTS}
    domains = report.domains
    return {
        "run_id": report.run["run_id"],
        "grain": report.grain,
        "names": names,
        "cells": cells,
        "flagged_days": report.flagged_days,
        "outlier_domains": [domain for domain in domains if domain["is_outlier"]],
        "domain_count": domains[0]["domain_count"] if domains else 0,
        "country_count": len(report.countries),
    }


def why(run_id: str, day: str | None, **slice_: str | None) -> Markup:
    """The command that explains a figure of a day, folded; nothing where there is no day."""
    if day is None:
        return Markup("")
    words = ["scripts/lake", "why", "--date", day, "--as-of", run_id]
    for option, value in slice_.items():
        words += [f"--{option}", value] if value is not None else []
    return _folded(shlex.join(words))


def sql(run_id: str, query: str) -> Markup:
    """The command that reads a figure over many days, folded."""
    return _folded(shlex.join(["scripts/lake", "sql", "--as-of", run_id, query]))


def _folded(command: str) -> Markup:
    return Markup('<details class="why"><summary>why</summary><code>{}</code></details>').format(command)


def grams(value: str | None) -> Markup:
    """A decimal string with its thousands marked and every digit, those that are rarely read paler."""
    if value is None:
        return Markup("&ndash;")
    whole, _, decimals = f"{Decimal(value):,f}".partition(".")
    return Markup('{}.{}<span class="fine">{}</span>').format(
        whole, decimals[:SHOWN_DECIMALS], decimals[SHOWN_DECIMALS:]
    )


def percent(part: str | float, whole: str | float) -> str:
    """What part of a whole something is, in percent; a dash where there is no whole."""
    return f"{100 * Decimal(part) / Decimal(whole):.2f} %" if Decimal(whole) else "\N{EN DASH}"


def _units(value: str) -> int:
    return int(Decimal(value).scaleb(10))


def _column(values: Sequence[int]) -> str:
    return " ".join(map(str, values))


def _json(document: Any) -> str:  # noqa: ANN401 - JSON is what it is
    """JSON that can stand in a script element, whatever it holds."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
