"""The command line before it works on a lake: help, mistypes, colours, widths, completion, its page in the docs. No Spark."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from lake.cli import app
from lake.code import code_version
from lake.settings import REPOSITORY

LAKE = shutil.which("lake", path=str(REPOSITORY / ".venv" / "bin"))
COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-7]|38|4[0-7]|48|9[0-7])[0-9;]*m")
PRINT_RUNS = """
from lake.output import print_rows
row = {"run_id": "20261130T061200-abc123", "started_at": "2026-11-30T06:12:00.123456+00:00", "status": "succeeded",
    "readable": "no: gold.daily_emissions", "reason": "the disk is full. Make room on the disk of LAKE_URI"}
print_rows([*row], [row, row])
"""


def on_terminal(*command: str, columns: int = 80, **variables: str) -> str:
    """What a command prints on a terminal of this width."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), **variables}
    environment = {name: value for name, value in environment.items() if value}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    said = b""
    while process.poll() is None or select.select([ours], [], [], 0.1)[0]:
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            part = os.read(ours, 65_536)
        except OSError:  # Linux's way of saying that the other end is closed
            break
        said += part
    process.wait()
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def called(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the command prints into pipes."""
    assert LAKE is not None
    environment = {**os.environ, "COLUMNS": "80", **variables}
    return subprocess.run([LAKE, *words], capture_output=True, text=True, check=False, env=environment)


def every_verb() -> dict[str, Any]:
    """Each verb by its words."""
    verbs: dict[str, Any] = {}
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        verbs[name] = command
        verbs |= {f"{name} {part}": below for part, below in getattr(command, "commands", {}).items()}
    return verbs


def test_each_verb_has_a_heading_and_an_example_that_it_understands() -> None:
    verbs = every_verb()
    assert len(verbs) >= 20
    for name, verb in verbs.items():
        assert " " in name or verb.rich_help_panel, name
        examples = re.findall(r"Example: lake (.*)", verb.help)
        assert examples, name
        for example in examples:
            assert example.startswith(name), name
            options = {option for each in verb.params for option in (*each.opts, *each.secondary_opts)}
            assert {*re.findall(r"(?<!\S)--[a-z-]+", example)} <= options, example


def test_help_fits_eighty_columns_and_groups_the_verbs() -> None:
    shown = called("--help").stdout
    assert max(map(len, shown.splitlines())) <= 80
    for words in ("Every day", "Look closer", "Watch", "monitor", "doctor"):
        assert words in shown
    assert "Example: lake why --date" in called("why", "--help").stdout


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("rnu",), "'run'"),
        (("docter",), "'doctor'"),
        (("run", "--srict"), "--strict"),
        (("quarantine", "lst"), "'list'"),
    ],
)
def test_a_mistype_is_answered_by_what_was_meant(words: tuple[str, ...], meant: str) -> None:
    ended = called(*words)
    assert ended.returncode == 2
    assert meant in ended.stderr
    assert not ended.stdout


def test_the_version_is_the_release_and_its_code() -> None:
    assert called("--version").stdout == f"lake {code_version()}\n"


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    assert LAKE is not None
    places = {"LAKE_URI": str(tmp_path / "lake"), "LANDING_URI": str(tmp_path / "landing")}
    assert COLOUR.search(on_terminal(LAKE, "doctor", **places, NO_COLOR=""))
    assert not COLOUR.search(on_terminal(LAKE, "doctor", **places, NO_COLOR="1"))
    assert not COLOUR.search(on_terminal(LAKE, "--help", NO_COLOR="1"))
    for piped in (called("doctor", **places), called("--help"), called("rnu")):
        assert "\x1b" not in piped.stdout + piped.stderr


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_rows_fit_the_terminal_and_nothing_of_them_is_lost(columns: int) -> None:
    shown = on_terminal(sys.executable, "-c", PRINT_RUNS, columns=columns, NO_COLOR="1")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(map(len, plain.splitlines())) <= columns
    assert plain.count("20261130T061200-abc123") == 2, "a run's id can be copied"
    assert ("1 of 2" in plain) == (columns < 120), "each row by itself where columns do not fit"
    assert "Make" in plain


def test_long_work_says_how_many_how_fast_and_how_long(tmp_path: Path) -> None:
    assert LAKE is not None
    # Frames come ten a second: what is done within two of them may show no rate.
    words = (LAKE, "generate", "--rows", "600000", str(tmp_path / "a.csv"))
    shown = on_terminal(*words, NO_COLOR="1")
    assert re.search(r"[\d,]+ of 600,000, [\d,.]+/s, 0:00:\d\d left", shown)
    assert shown.rstrip().splitlines()[-1].endswith("with planted defects")
    piped = called("generate", "--rows", "10", str(tmp_path / "b.csv"))
    assert not piped.stderr, "progress is for terminals"


@pytest.mark.parametrize(("shell", "words"), [("bash", "complete -o"), ("zsh", "#compdef lake"), ("fish", "complete")])
def test_each_shell_has_its_script(shell: str, words: str) -> None:
    assert words in called(_LAKE_COMPLETE=f"source_{shell}").stdout


def test_verbs_and_options_are_completed() -> None:
    asked = {"_LAKE_COMPLETE": "complete_bash", "COMP_WORDS": "lake qua", "COMP_CWORD": "1"}
    assert called(**asked).stdout.split() == ["quarantine"]
    asked = {"_LAKE_COMPLETE": "complete_bash", "COMP_WORDS": "lake run --st", "COMP_CWORD": "2"}
    assert called(**asked).stdout.split() == ["--strict"]


def test_the_page_of_commands_is_up_to_date(tmp_path: Path) -> None:
    page = tmp_path / "commands.md"
    subprocess.run([sys.executable, str(REPOSITORY / "scripts" / "make-commands"), str(page)], check=True)
    assert page.read_text() == (REPOSITORY / "docs" / "commands.md").read_text(), "scripts/make-commands"
    text = page.read_text()
    for name, verb in every_verb().items():
        assert f"### lake {name}\n" in text
        if any("--json" in each.opts for each in verb.params) and name != "quarantine":
            part = text.split(f"### lake {name}\n")[1].split("\n#")[0]
            assert "| `--json` | Print a" in part, f"{name}: say in scripts/make-commands what --json gives"
