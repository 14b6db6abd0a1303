"""What tables and columns are described as beside their models, without dbt: for catalogs that others browse."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined

from lake.settings import REPOSITORY

# The texts that several columns share.
SHARED = REPOSITORY / "silver" / "columns.md"
BLOCK = re.compile(r"{% docs (\w+) %}(.*?){% enddocs %}", re.DOTALL)
# Models and seeds lie in a folder a schema (dbt/dbt_project.yml); sources name theirs.
SCHEMAS = {"silver/accounts": "audit", "silver/cleaned": "silver", "dbt/seeds": "silver", "gold": "gold"}


@cache
def descriptions() -> dict[str, dict[str, str]]:
    """The description of each column, and under "" of the table itself, by `schema.table`; each in one line.

    What is published is described as in gold.
    """
    shared = dict(BLOCK.findall(SHARED.read_text(encoding="utf-8")))
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - text, not HTML

    def plain(described: dict[str, Any]) -> str:
        text = environment.from_string(described.get("description", "")).render(doc=shared.__getitem__)
        return " ".join(text.split())

    described = {
        name: {"": plain(table)} | {column["name"]: plain(column) for column in table.get("columns", [])}
        for name, table in _tables()
    }
    shown = {table: columns for table, columns in described.items() if table.startswith("gold.")}
    return described | {table.replace("gold.", "published.", 1): columns for table, columns in shown.items()}


def _tables() -> Iterator[tuple[str, dict[str, Any]]]:
    for root in ("silver", "gold", "dbt/seeds"):
        for file in sorted((REPOSITORY / root).rglob("*.yml")):
            document = yaml.safe_load(file.read_text(encoding="utf-8"))
            folder = file.parent.relative_to(REPOSITORY).as_posix()
            schema = next((schema for start, schema in SCHEMAS.items() if folder.startswith(start)), None)
            for table in document.get("models", []) + document.get("seeds", []):
                if schema is not None:
                    yield f"{schema}.{table['name']}", table
            for source in document.get("sources", []):
                for table in source["tables"]:
                    yield f"{source['schema']}.{table['name']}", table
