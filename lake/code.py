"""Which code makes a figure: the release, digests of the models, macros, seeds and tests, and dbt's variables."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import yaml

from lake.settings import REPOSITORY

SILVER_RULES = ("silver", "dbt/dbt_project.yml", "dbt/macros", "dbt/seeds")
GOLD_RULES = (*SILVER_RULES, "gold")
TESTED_CODE = (*GOLD_RULES, "dbt/tests")
# Descriptions decide no figure; dbt_project.yml holds the settings of the models.
DECIDING = (".sql", ".csv", "dbt_project.yml")


@cache
def code_version() -> str:
    """`RELEASE+DIGEST`: another digest means that a model, macro, seed or test is another."""
    return f"{version('emissions-lakehouse')}+{_digest(TESTED_CODE)}"


@cache
def rules() -> dict[str, str]:
    """The digest of all that decides the rows of a layer, by layer; a table made under another is rebuilt."""
    return {"silver": _digest(SILVER_RULES), "gold": _digest(GOLD_RULES)}


def rules_under(variables: Mapping[str, Any]) -> dict[str, str]:
    """The digests of `rules`, under variables that were given for one call of dbt in place of the project's."""
    if not variables:
        return rules()
    given = json.dumps(variables, sort_keys=True, default=str)
    return {layer: hashlib.sha256(f"{digest}\0{given}".encode()).hexdigest()[:12] for layer, digest in rules().items()}


@cache
def project_variables() -> dict[str, Any]:
    """The variables of dbt/dbt_project.yml, among them the thresholds of silver."""
    project: dict[str, Any] = yaml.safe_load((REPOSITORY / "dbt" / "dbt_project.yml").read_text(encoding="utf-8"))
    variables: dict[str, Any] = project["vars"]
    return variables


@cache
def methodology_version() -> str:
    """`RELEASE+DIGEST` of docs/methodology.md, the text that says how every figure is made."""
    text = (REPOSITORY / "docs" / "methodology.md").read_bytes()
    return f"{version('emissions-lakehouse')}+{hashlib.sha256(text).hexdigest()[:12]}"


def _digest(places: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for place in places:
        path = REPOSITORY / place
        for file in sorted(path.rglob("*") if path.is_dir() else [path]):
            if file.is_file() and file.name.endswith(DECIDING):
                digest.update(f"{file.relative_to(REPOSITORY)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]
