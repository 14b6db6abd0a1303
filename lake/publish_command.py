"""`lake publish`: readers see an earlier run."""

from typing import Annotated

import typer

from lake.output import Json, print_json, print_line, progress
from lake.settings import Settings


def publish(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id or its beginning, as lake runs lists them.")],
    forward: Annotated[
        bool, typer.Option("--forward", help="Only where nothing was published since the run: what came later stays.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let readers see the gold tables of a run, until a later run with news has passed its tests.

    Example: lake publish 20261130T0612
    """
    from lake.lock import writing
    from lake.publish import publish_run
    from lake.session import open_session

    settings = Settings()
    with writing(settings.lake_path, "lake publish"), progress(as_json) as say:
        say("starting Spark")
        spark = open_session(settings)
        say("looking for the run")
        done = publish_run(spark, settings, run, forward=forward)
    if as_json:
        print_json({"run_id": done.publication.run_id, "changed": done.changed, "before": done.before})
    elif done.changed:
        print_line(f"readers see run {done.publication.run_id}" + (f", no more {done.before}" if done.before else ""))
    else:
        print_line(
            f"readers see run {done.publication.run_id}"
            + (", published with the run or after it" if forward else " already")
        )
