"""Every case by theme, and the page that lists them (docs/bad-input.md)."""

from tests.bad_input import names, structure, values, whole_files
from tests.bad_input.case import Case

CASES: list[Case] = [*whole_files.CASES, *structure.CASES, *values.CASES, *names.NAMED]
PREFACE = """\
# Bad input

What becomes of bad and odd files. `scripts/make-bad-input-table` makes this page from the cases in
`tests/bad_input/`; the tests land every one of them, and compare ledger, bronze, silver, quarantine and conservation
with what stands here. The rules are in [methodology](methodology.md#deliveries-and-records).

- **loaded**: the records are in bronze; those that are refused are in `silver.quarantine` with these reasons.
- **rejected**: nothing is loaded; the ledger `bronze.deliveries` has the reason.
- **ignored**: it is no delivery (yet); every run reports it with the reason.

Values are stored as they were delivered, formulas of spreadsheets (`=cmd()`) too: nothing evaluates them here, and a
spreadsheet that opens values copied from a query may. On a terminal, characters that could command it
or cannot be seen are shown as escapes, and long values shortened; `--json` gives them whole.
"""


def page() -> str:
    """The text of the page."""
    themes = [
        ("Whole files", _rows(whole_files.CASES)),
        ("Headers and delimiters", _rows(structure.HEADERS)),
        ("Records", _rows(structure.RECORDS)),
        ("Numbers", _rows(values.NUMBERS)),
        ("Dates", _rows(values.DATES)),
        ("Text", _rows(values.TEXTS)),
        ("Formulas", _rows(values.FORMULAS)),
        ("Names", _rows(names.NAMED)),
        ("No deliveries", [_row(case.path, case.what, str(case)) for case in names.PASSED]),
    ]
    sections = [
        f"## {title}\n\n| file | what it is | outcome |\n|---|---|---|\n" + "".join(rows) for title, rows in themes
    ]
    other = "".join(f"| {what} | {_cell(outcome)} |\n" for what, outcome in names.ELSEWHERE)
    sections.append(f"## Landing, locked and changing files\n\n| what happens | outcome |\n|---|---|\n{other}")
    return "\n".join([PREFACE, *sections])


def _rows(cases: list[Case]) -> list[str]:
    return [_row(case.path, case.what, str(case.outcome)) for case in cases]


def _row(path: str, what: str, outcome: str) -> str:
    shown = path if len(path) <= 40 else f"{path[:16]}…{path[-8:]}"
    return f"| {_code(shown)} | {_cell(what)} | {_cell(outcome)} |\n"


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{_cell(text)}{fence}"


def _cell(text: str) -> str:
    printable = "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in text)
    return printable.replace("|", "\\|")
