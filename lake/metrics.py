"""The metric view over gold.daily_emissions: the statements that show it to a session, without dbt.

The same as dbt/macros/metric_view.sql says, from the same files, so that every process has it in tenths of a second.
"""

from functools import cache

import yaml

from lake.settings import REPOSITORY

METRICS = "emissions_metrics"
METRICS_MODEL = REPOSITORY / "gold" / "metrics" / f"{METRICS}.sql"


def metric_view(view: str, definition: str) -> list[str]:
    """SQL statements that show the metric view of this definition (YAML) under this name, comments included."""
    description, columns = _described()
    commented = ", ".join(f"{name} comment {_literal(text)}" for name, text in columns.items())
    return [
        f"drop view if exists {view}",
        f"create view {view} ({commented}) comment {_literal(description)} "
        f"with metrics language yaml as $$\n{definition}\n$$",
    ]


@cache
def _described() -> tuple[str, dict[str, str]]:
    """What the view and each of its columns, in order, are described as."""
    (model,) = yaml.safe_load(METRICS_MODEL.with_suffix(".yml").read_text(encoding="utf-8"))["models"]
    return model["description"], {column["name"]: column["description"] for column in model["columns"]}


def _literal(text: str) -> str:
    return "'" + text.strip().replace("\\", "\\\\").replace("'", "\\'") + "'"
