"""What the command line prints, without Spark."""

import pytest

from lake.output import print_rows


def test_values_are_printed_as_they_are_whatever_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(["[x]", "name"], [{"[x]": "[/bold]", "name": None}, {"[x]": [1, "[red]"], "name": "a\x1b[2J\u00a0"}])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["[x]", "┃", "name"]
    assert lines[2].split() == ["[/bold]", "│"]
    assert lines[3].split("│")[0].strip() == '[1, "[red]"]'
    assert lines[3].split("│")[1].strip() == r"a\x1b[2J\xa0"
