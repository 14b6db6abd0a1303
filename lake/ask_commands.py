"""`lake sql` and `lake runs`: what the lake holds and held."""

from pathlib import Path
from typing import Annotated

import typer

from lake.errors import UsageError
from lake.output import Json, print_json, print_rows
from lake.settings import Settings

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="RUN|RELEASE|TIMESTAMP",
        help="As a run left every table: a run's id or its beginning, or a moment (UTC; a day means its end) for the "
        "last run that had succeeded by then. Or as a release gave it out, by its name: the released days alone.",
    ),
]


def sql(
    queries: Annotated[list[str] | None, typer.Argument(help="SQL, one or several statements.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="A file of SQL statements.")] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Ask the lake, as it is or as a run left it.

    Example: lake sql "select * from gold.top_10_domains"

    Example: lake sql --as-of 2026-11-30 "select sum(total_gco2e) from gold.daily_emissions"
    """
    from lake.ask import answers, split_statements

    texts = list(queries or [])
    if file is not None:
        try:
            texts.append(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            msg = f"cannot read {file}: {error}"
            raise UsageError(msg) from error
    statements = [statement for text in texts for statement in split_statements(text)]
    if not statements:
        msg = "give a query or --file"
        raise UsageError(msg)
    results = answers(Settings(), statements, as_of)
    if as_json:
        documents = [result.rows for result in results]
        print_json(documents[0] if len(documents) == 1 else documents)
        return
    for result in results:
        print_rows(result.columns, result.rows)


def runs(as_json: Json = False) -> None:
    """The runs, newest first: which one readers see, and which can still be read with --as-of.

    Example: lake runs
    """
    from lake.ask import run_list

    rows = run_list(Settings())
    if as_json:
        print_json(rows)
        return
    shown = [
        {
            **{name: row[name] for name in ("run_id", "started_at", "finished_at", "status")},
            "deliveries": len(row["deliveries"] or []),
            "silver_rows": (row["counts"] or {}).get("silver_rows"),
            "published": "yes" if row["published"] else "",
            "readable": "yes" if row["readable"] else f"no: {row['gone_table']}",
            "reason": row["reason"] or "",
        }
        for row in rows
    ]
    columns = ["run_id", "started_at", "finished_at", "status", "deliveries", "silver_rows"]
    print_rows([*columns, "published", "readable", "reason"], shown)
