"""What became of a mutant, told from how the tests failed."""

import re
from dataclasses import dataclass
from typing import Any

# The mutant itself cannot be run: that says nothing about the tests.
UNREADABLE_ERRORS = {"SyntaxError", "IndentationError", "ImportError", "ModuleNotFoundError", "NameError"}
UNREADABLE_TEXT = re.compile(
    r"Compilation Error|PARSE_SYNTAX_ERROR|UNRESOLVED_(COLUMN|ROUTINE)|DATATYPE_MISMATCH|is undefined|Syntax error"
)
CAUSES = (
    (re.compile(r"UnbalancedError"), "conservation"),
    (re.compile(r"CHECK constraint|CHECK_CONSTRAINT"), "constraint"),
    (re.compile(r"LakeError: .*Got \d+ results?"), "data test"),
    (re.compile(r"AssertionError|^Failed"), "assertion"),
)


@dataclass(frozen=True)
class Outcome:
    """`kind` is killed, survived, unreadable or hung; `cause` how it was noticed, `test` the first that did."""

    kind: str
    cause: str = ""
    test: str = ""
    message: str = ""

    @property
    def test_name(self) -> str:
        """The test without its file."""
        return self.test.partition("::")[2]


def outcome_of(answer: dict[str, Any] | None, *, of_sql: bool = True) -> Outcome:
    """The outcome that a worker's answer tells; no answer is a process that hung or died.

    SQL that Spark cannot analyse is a mutant that cannot run, unless it was not SQL that was changed (`of_sql`).
    """
    if answer is None:
        return Outcome("hung", message="the process with the tests hung or died: see --log")
    if not answer["failures"]:
        return (
            Outcome("survived") if answer["code"] == 0 else Outcome("unreadable", message=f"pytest: {answer['code']}")
        )
    first = answer["failures"][0]
    text = f"{first['error']}: {first['message']}"
    shown = " ".join(text.split())[:300]
    is_unreadable = first["error"] in UNREADABLE_ERRORS or (of_sql and UNREADABLE_TEXT.search(text) is not None)
    if first["when"] == "collect" or is_unreadable:
        return Outcome("unreadable", test=first["test"], message=shown)
    cause = next((name for pattern, name in CAUSES if pattern.search(text)), first["error"])
    return Outcome("killed", cause, first["test"], shown)
