"""The descriptions of the tables, held to the tables."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lake import published
from lake.settings import REPOSITORY
from lake.tables import VIEW_MODELS, list_tables
from lake.transforms import invoke
from tests.conftest import TestLake


def test_the_data_dictionary_names_every_column_of_every_table(lake: TestLake, tmp_path: Path) -> None:
    lake.run()
    # Into a folder of its own: any run beside this test writes dbt's usual one.
    invoke(lake.spark, lake.settings, ["--log-level", "none", "parse", "--target-path", str(tmp_path)])
    published.show(lake.spark, lake.settings.lake_path)
    file = tmp_path / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    described = {
        f"{node['schema']}.{node['name']}": [
            (column["name"], column["data_type"]) for column in node["columns"].values()
        ]
        for node in relations(manifest)
    }
    found = {
        table: [(field.name, field.dataType.simpleString()) for field in lake.spark.table(table).schema]
        for table in (
            *list_tables(lake.settings.lake_path),
            *VIEW_MODELS,
            published.LOG_TABLE,
            "gold.emissions_metrics",
        )
    }
    assert described == found
    assert all(column["description"] for node in relations(manifest) for column in node["columns"].values())

    made = tmp_path / "made.md"
    generator = REPOSITORY / "scripts" / "make-data-dictionary"
    subprocess.run([sys.executable, generator, made, "--manifest", file], check=True, capture_output=True)
    kept = REPOSITORY / "docs" / "data-dictionary.md"
    assert made.read_text() == kept.read_text(), "run scripts/make-data-dictionary"


def relations(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The sources, seeds and models that are tables or views."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    stored = [node for node in nodes if node["config"]["materialized"] != "ephemeral"]
    return [*manifest["sources"].values(), *stored]
