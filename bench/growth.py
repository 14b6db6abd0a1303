"""Cost against the table's size and against the length of its history: a picture, and its numbers beside it as CSV.

usage: python -m bench.growth RESULTS PICTURE    (in the bench's environment, which has Matplotlib)
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot
from matplotlib.axes import Axes

SIZE_WORKS = ("full build, cold", "1 % increment, cold", "1 % increment, warm session")
HISTORY_WORK = "one of the increments of a history"
MEASURES = (
    "wall_seconds",
    "cpu_seconds",
    "java_peak_bytes",
    "largest_resident_bytes",
    "written_bytes",
    "disk_bytes",
)
# Text stays text and no date or random name is in the file, so that the same numbers give the same bytes.
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "growth", "font.size": 9})


def draw(results: dict[str, Any], picture: Path) -> None:
    """Draw wall and CPU seconds by rows (medians, logarithmic) and by history into an SVG or PNG file."""
    figure, (by_rows, cpu_by_rows, by_history) = pyplot.subplots(1, 3, figsize=(13, 4.8), layout="constrained")
    _draw_sizes(by_rows, results["works"], "wall_seconds", "wall seconds")
    _draw_sizes(cpu_by_rows, results["works"], "cpu_seconds", "CPU seconds of all processes")
    _draw_history(by_history, results["works"])
    figure.legend(*by_rows.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=7)
    is_svg = picture.suffix == ".svg"
    figure.savefig(picture, metadata={"Date": None} if is_svg else None)
    pyplot.close(figure)


def write_numbers(results: dict[str, Any], numbers: Path) -> None:
    """Write the medians of all works as CSV: one row a work, engine, size and history; seconds and bytes."""
    with numbers.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["work", "engine", "rows", "history", *MEASURES])
        for work in results["works"]:
            shown = [_rounded(work["median"][measure]) for measure in MEASURES]
            rows.writerow([work["name"], work["engine"], work["rows"], work["history"], *shown])


def _draw_sizes(axes: Axes, works: list[dict[str, Any]], measure: str, label: str) -> None:
    by_size = [work for work in works if work["name"] in SIZE_WORKS]
    for name, engine in dict.fromkeys((work["name"], work["engine"]) for work in by_size):
        line = [work for work in by_size if (work["name"], work["engine"]) == (name, engine)]
        points = sorted((work["rows"], work["median"][measure]) for work in line)
        is_build = name == SIZE_WORKS[0]
        axes.plot(*zip(*points, strict=True), "o--" if is_build else "o-", markersize=3, label=f"{engine}: {name}")
    axes.set(xscale="log", yscale="log", xlabel="rows of the table", ylabel=label)
    axes.grid(visible=True, alpha=0.3)


def _draw_history(axes: Axes, works: list[dict[str, Any]]) -> None:
    points = sorted((work["history"], work["rows"], work["median"]) for work in works if work["name"] == HISTORY_WORK)
    if points:
        history = [point[0] for point in points]
        for measure, label in (("wall_seconds", "wall"), ("cpu_seconds", "CPU")):
            axes.plot(history, [point[2][measure] for point in points], ".-", markersize=3, label=label)
        axes.set_title(f"increments of 1 %, warm, from {points[0][1]:,} rows", fontsize=9)
        axes.legend(fontsize=7)
    axes.set(xlabel="increments before", ylabel="seconds", ylim=(0, None))
    axes.grid(visible=True, alpha=0.3)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def main() -> None:
    """Draw the results that a bench left; the numbers go beside the picture under its name."""
    results = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    picture = Path(sys.argv[2])
    picture.parent.mkdir(parents=True, exist_ok=True)
    draw(results, picture)
    write_numbers(results, picture.with_suffix(".csv"))


if __name__ == "__main__":
    main()
