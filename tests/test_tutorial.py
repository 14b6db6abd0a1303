"""The newcomer's walk: every command of docs/tutorial.md runs in the order in which it stands there, and says what it shows."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lake.cli import app
from lake.settings import REPOSITORY
from tests.bi.server import Server
from tests.conftest import TestLake

TUTORIAL = (REPOSITORY / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- output: (?P<of>[^\n]*) -->\n)?```\n(?P<text>.*?)```", re.DOTALL)
FOLDER = "/tmp/lakehouse"  # noqa: S108 - as the tutorial has it
BI_STEP, BI_PORT = "## 6.", "10555"
BEST_COUNTRIES = (
    "select country_code, sum(total_gco2e) as total_gco2e from gold.daily_emissions group by 1 order by 2 desc limit 2"
)


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
        for block in BLOCK.finditer(TUTORIAL[: TUTORIAL.index(BI_STEP)]):
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
        walk.leave()
        best = json.loads(CliRunner().invoke(app, ["sql", "--json", BEST_COUNTRIES], catch_exceptions=False).stdout)
        assert bi_tool_s_answer(walk) == [",".join(best[0]), *(",".join(row.values()) for row in best)]
    finally:
        walk.close()
    ran = next(output for line, output in called.items() if "--run-id tuesday" in line)
    assert "balanced: every row and gram is accounted for" in ran
    assert "new version" in next(output for line, output in called.items() if " diff " in line).replace("_", " ")
    page = re.search(r"`(/tmp/lakehouse/\S+\.html)`", TUTORIAL)
    assert page is not None
    assert "tuesday" in Path(page[1].replace(FOLDER, str(tmp_path))).read_text(encoding="utf-8")


def bi_tool_s_answer(walk: TestLake) -> list[str]:
    """The lines that the last step shows, from a server at a port that is free."""
    started, asked = re.findall(r"```\n(scripts/thrift-server[^\n]*|java [^\n]*)\n```", TUTORIAL)
    assert shlex.split(started)[1:] == ["--insecure", "--port", BI_PORT]
    server = Server({"LAKE_URI": walk.settings.lake_uri}, "--insecure")
    try:
        server.wait_for("listening on")
        command = ["/bin/bash", "-c", asked.replace(f":{BI_PORT}/", f":{server.port}/")]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=300)
    finally:
        server.stop()
    return done.stdout.split()
