"""`lake metastore`: the shared metastore shows what the lake has."""

from typing import Annotated

import typer

from lake.errors import UsageError
from lake.output import Json, print_json, print_line, progress
from lake.settings import Settings


def metastore(
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Where it shows another lake, or this one at its former place: no more.")
    ] = False,
    reader: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE", help="Let this role of the database read `published` alone, for scripts/thrift-server."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring the shared metastore (METASTORE_URL) to what the lake has; every run does so too.

    Example: lake metastore

    Example: lake metastore --reader bi_reader
    """
    from lake.lock import writing
    from lake.metastore import let_read, login, show
    from lake.session import open_session

    settings = Settings()
    if not settings.metastore_url:
        msg = "there is no shared metastore: set METASTORE_URL, METASTORE_USER and METASTORE_PASSWORD (docs/bi.md)"
        raise UsageError(msg)
    login(settings, may_write=True)
    with writing(settings.lake_path, "lake metastore"), progress(as_json) as say:
        say("starting Spark")
        spark = open_session(settings)
        say("asking the metastore")
        changes = show(spark, settings, take_over=take_over)
        if reader is not None:
            let_read(spark, settings, reader)
            changes.append(f"{reader} reads published")
    if as_json:
        print_json({"changes": changes})
    else:
        print_line("\n".join(changes) or "the metastore shows what the lake has")
