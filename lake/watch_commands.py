"""`lake monitor`, `lake feeds` and `lake lineage`: the lake for those who watch over it."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from lake.output import Json, print_json, print_line, print_rows
from lake.settings import Settings


def monitor(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write a file, whole or not at all, such as lake.prom.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The state of the lake as Prometheus reads it: the last run, rows and grams, readers, deliveries.

    Example: lake monitor --out /var/lib/node_exporter/textfile/lake.prom
    """
    from dataclasses import asdict

    from lake.monitor import as_text, samples, write_whole

    taken = samples(Settings())
    if out is not None:
        write_whole(out, as_text(taken))
    if as_json:
        print_json([asdict(sample) for sample in taken])
    elif out is None:
        sys.stdout.write(as_text(taken))
    else:
        print_line(f"{out}: {len(taken)} samples")


def feeds(as_json: Json = False) -> None:
    """Which deliveries are late or unusually small, against the history of paths that differ in digits alone.

    Example: lake feeds
    """
    from lake.monitor import feeds as every_feed
    from lake.queries import to_json

    rows = to_json(every_feed(Settings()))
    if as_json:
        print_json(rows)
        return
    shown = [
        {
            "feed": row["feed"],
            "last delivery": row["last_loaded_at"],
            "late from": row["due_at"],
            "records": row["last_row_count"],
            "usual": row["usual_row_count"],
            "state": ", ".join(name for name in ("late", "small") if row[f"is_{name}"]),
        }
        for row in rows
    ]
    print_rows(["feed", "last delivery", "late from", "records", "usual", "state"], shown)


def lineage(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id or its beginning, or a moment.")],
    send: Annotated[
        bool, typer.Option("--send", help="Send them where the OpenLineage client is set up to, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """A run as OpenLineage events, a line each: the deliveries that it loaded, the tables that it changed.

    Example: lake lineage 20261130T0612
    """
    from openlineage.client.serde import Serde

    from lake.lineage import events
    from lake.lineage import send as send_events

    told = events(Settings(), run)
    if send:
        send_events(told)
    documents = [json.loads(Serde.to_json(event)) for event in told]
    if as_json:
        print_json(documents)
    else:
        for document in documents:
            print_json(document)
