"""The documents against the tree: links lead somewhere, commands and options exist."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from lake.cli import app
from lake.published import show
from lake.settings import REPOSITORY
from tests.conftest import TestLake

DOCUMENTS = sorted(
    [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md"), *(REPOSITORY / "examples").rglob("*.md")]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:scripts/)?lake ((?:[a-z][a-z-]* ?)+)([^`\n]*)")
CODE = re.compile(r"```[^\n]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
QUERY = re.compile(r'lake sql (?:--json )?"([^"]+)"')
FILE = re.compile(r"^[\w./-]+/[\w.-]+\.(?:sql|py|yml|md|sh|conf|csv|xml)$|^scripts/[\w-]+$")


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(document: Path) -> set[str]:
    return {slug(line.lstrip("#")) for line in document.read_text().splitlines() if line.startswith("#")}


def code_of(document: Path) -> list[str]:
    """The lines of code blocks and the code spans of a document."""
    blocks = [block or span for block, span in CODE.findall(document.read_text())]
    return [line.split(" # ")[0].strip() for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text()):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path) if path else document
        assert linked.exists(), f"{document.name}: {target}"
        if anchor:
            assert anchor in anchors(linked), f"{document.name}: {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_named_files_and_commands_exist(document: Path) -> None:
    verbs = get_command(app).commands  # type: ignore[attr-defined]
    for line in code_of(document):
        if FILE.match(line):
            assert (REPOSITORY / line).exists() or (document.parent / line).exists(), f"{document.name}: {line}"
        called = COMMAND.match(line)
        if called is None:
            continue
        words, rest = called[1].split(), called[2]
        verb = verbs.get(words[0])
        assert verb is not None, f"{document.name}: {line}"
        if hasattr(verb, "commands") and len(words) > 1:
            verb = verb.commands[words[1]]
        known = {option for parameter in verb.params for option in [*parameter.opts, *parameter.secondary_opts]}
        for option in re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest):
            assert option in known | {"--help"}, f"{document.name}: {line}: {option}"


def test_the_documents_queries_run(lake: TestLake) -> None:
    lake.run()
    show(lake.spark, lake.settings.lake_path)
    queries = [query for document in DOCUMENTS for line in code_of(document) for query in QUERY.findall(line)]
    assert len(queries) >= 5
    for query in queries:
        lake.spark.sql(query).collect()


def test_documents_were_found() -> None:
    assert len(DOCUMENTS) >= 3
