"""What scripts/dbt makes of its arguments before anything starts: the verb, whether it may write, what it refuses."""

from pathlib import Path

import pytest

from lake.dbt_cli import understood
from lake.errors import UsageError
from lake.settings import Settings
from lake.transforms import point_to_project


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    """The project's folder, which dbt's parser looks for."""
    point_to_project(Settings(lake_uri=str(tmp_path)))


@pytest.mark.parametrize(
    ("words", "verb", "may_write"),
    [
        ("build", "build", True),
        ("--log-level none build", "build", True),
        ("--log-level=none -q run --select compile", "run", True),
        ("--target session --no-partial-parse seed", "seed", True),
        ("run --profiles-dir dbt --select test", "run", True),
        ("snapshot", "snapshot", True),
        ("retry", "retry", True),
        ("clone --state dbt", "clone", True),
        ("run-operation drop_schema", "run-operation", True),
        ("--quiet test --select build", "test", False),
        ("docs generate", "docs", False),
        ("source freshness", "source", False),
        ("compile", "compile", False),
        ("show --select emissions", "show", False),
        ("show --inline delete", "show", True),
        ("compile --inline delete", "compile", True),
        ("ls --resource-type model", "ls", False),
        ("parse", "parse", False),
    ],
)
def test_the_verb_is_found_whatever_stands_before_it(words: str, verb: str, may_write: bool) -> None:
    call = understood(words.split())
    assert (call.verb, call.may_write) == (verb, may_write)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "give a command"),
        ("bulid", "bulid"),
        ("build --no-such-option", "--no-such-option"),
        ("docs", "give a command"),
        ("build --empty", "--empty would leave rows out"),
        ("build --event-time-start 2025-07-01 --event-time-end 2025-07-02", "--event-time-start would leave rows out"),
        ("test --store-failures", "--store-failures"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_starts(words: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        understood(words.split())


def test_options_count_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_EMPTY", "true")
    with pytest.raises(UsageError, match="--empty would leave rows out"):
        understood(["run"])
    with pytest.raises(UsageError, match="--sample would leave rows out"):
        understood(["build", "--no-empty", "--sample", "3 days"])
