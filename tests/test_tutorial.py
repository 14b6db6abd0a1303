"""The newcomer's walk: every command of docs/tutorial.md runs in the order in which it stands there, and says what it shows."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lake.cli import app
from lake.settings import REPOSITORY
from tests.conftest import TestLake

TUTORIAL = (REPOSITORY / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- output: (?P<of>[^\n]*) -->\n)?```\n(?P<text>.*?)```", re.DOTALL)
FOLDER = "/tmp/lakehouse"  # noqa: S108 - as the tutorial has it


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestLake:
    """A lake where the tutorial's variables point to, with reports as users have them."""
    exported = re.search(r"^export (.*)$", TUTORIAL, re.MULTILINE)
    assert exported is not None
    for variable in shlex.split(exported[1]):
        name, _, value = variable.partition("=")
        monkeypatch.setenv(name, value.replace(FOLDER, str(tmp_path)))
    monkeypatch.setenv("LAKE_REPORT", "on")
    monkeypatch.chdir(REPOSITORY)
    return TestLake(tmp_path)


@pytest.mark.long
def test_the_first_five_minutes(walk: TestLake, tmp_path: Path) -> None:
    called: dict[str, str] = {}
    try:
        for block in BLOCK.finditer(TUTORIAL):
            if block["of"] is not None:
                shown = [line.rstrip() for line in block["text"].splitlines()]
                assert shown == [line.rstrip() for line in called[block["of"]].splitlines()], block["of"]
                continue
            for line in block["text"].splitlines():
                if not line.startswith("scripts/lake "):
                    continue
                words = shlex.split(line.removeprefix("scripts/lake ").replace(FOLDER, str(tmp_path)))
                if "--as-of" in words:
                    walk.leave()  # --as-of wants a session that has not registered the lake
                ended = CliRunner().invoke(app, words, catch_exceptions=False)
                assert ended.exit_code == 0, f"{line}: {ended.output}"
                called[line] = ended.stdout
    finally:
        walk.close()
    ran = next(output for line, output in called.items() if "--run-id tuesday" in line)
    assert "balanced: every row and gram is accounted for" in ran
    assert "new version" in next(output for line, output in called.items() if " diff " in line).replace("_", " ")
    page = re.search(r"`(/tmp/lakehouse/\S+\.html)`", TUTORIAL)
    assert page is not None
    assert "tuesday" in Path(page[1].replace(FOLDER, str(tmp_path))).read_text(encoding="utf-8")
