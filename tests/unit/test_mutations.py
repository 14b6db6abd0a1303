"""The catalogue of mutants against the tree, and how an outcome is told; nothing is mutated here."""

import subprocess
from pathlib import Path

import pytest

from lake.settings import REPOSITORY
from tests.mutations import page
from tests.mutations.catalogue import MUTANTS
from tests.mutations.mutant import Mutant, StaleMutantError
from tests.mutations.outcome import Outcome, outcome_of


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_what_a_mutant_changes_still_stands_in_its_file(mutant: Mutant) -> None:
    assert mutant.changed_text(REPOSITORY) != (REPOSITORY / mutant.file).read_text()
    assert mutant.breaks
    named = [word for word in mutant.tests if word.startswith("tests/")]
    assert named
    for word in named:
        file, _, test = word.partition("::")
        source = (REPOSITORY / file).read_text()
        assert f"def {test.partition('[')[0]}" in source


def test_the_catalogue_is_large_and_its_ids_are_unique() -> None:
    assert len(MUTANTS) >= 40
    assert len({mutant.id for mutant in MUTANTS}) == len(MUTANTS)


def test_a_stale_mutant_names_itself_and_its_text() -> None:
    once = Mutant("m", "a.sql", "x", "y", "breaks", ())
    assert once.applied_to("axb") == "ayb"
    with pytest.raises(StaleMutantError, match=r"m: a.sql holds 'x' 2 times, not once"):
        once.applied_to("xx")
    assert Mutant("m", "a.sql", "x", "y", "breaks", (), nth=2).applied_to("xax") == "xay"


def test_the_page_grows_by_sittings_and_loses_what_survived(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), (*author, "commit", "-q", "--allow-empty", "-m", "a")):
        command = ["git", *words]
        subprocess.run(command, cwd=tmp_path, check=True)
    mutants = [Mutant(name, "a.sql", "x", "y", "a | b", ()) for name in ("first", "second")]
    killed = Outcome("killed", "data test", "tests/a.py::test_x[a::b|c]")
    assert page.tried(tmp_path) == {}
    for mutant in reversed(mutants):
        page.keep(tmp_path, mutants, mutant, killed)
    commit = page.commit(tmp_path)
    assert page.tried(tmp_path) == {
        name: page.Tried("data test", "test_x[a::b/c]", commit) for name in ("first", "second")
    }
    assert not commit.endswith("+"), "the page itself is no difference"
    (tmp_path / "other").touch()
    assert page.commit(tmp_path) == f"{commit}+"
    page.keep(tmp_path, mutants, mutants[0], Outcome("survived"))
    assert [*page.tried(tmp_path)] == ["second"]
    text = (tmp_path / page.PAGE).read_text()
    assert "1 of 2 mutants were killed. Not tried yet: `first`." in text


@pytest.mark.parametrize(
    ("error", "message", "kind", "cause"),
    [
        ("AssertionError", "1 == 2", "killed", "assertion"),
        ("Failed", "DID NOT RAISE", "killed", "assertion"),
        ("UnbalancedError", "rows or grams are unaccounted for", "killed", "conservation"),
        ("LakeError", "1 dbt node(s) failed, first t: Got 1 result, configured to fail", "killed", "data test"),
        ("LakeError", "1 dbt node(s) failed, first m: Compilation Error", "unreadable", ""),
        ("NameError", "x", "unreadable", ""),
    ],
)
def test_a_mutant_that_cannot_run_is_not_killed(error: str, message: str, kind: str, cause: str) -> None:
    failure = {"test": "t", "when": "call", "error": error, "message": message}
    outcome = outcome_of({"failures": [failure], "code": 1})
    assert (outcome.kind, outcome.cause) == (kind, cause)


def test_an_error_of_analysis_tells_of_python_what_it_does_not_of_sql() -> None:
    failure = {"test": "t", "when": "call", "error": "AnalysisException", "message": "[UNRESOLVED_COLUMN] `steps`"}
    answer = {"failures": [failure], "code": 1}
    assert outcome_of(answer).kind == "unreadable"
    outcome = outcome_of(answer, of_sql=False)
    assert (outcome.kind, outcome.cause) == ("killed", "AnalysisException")


def test_no_failure_is_a_survivor() -> None:
    assert outcome_of({"failures": [], "code": 0}).kind == "survived"
    assert outcome_of(None).kind == "hung"
