"""Run dbt inside this process and its Spark session."""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from itertools import count
from typing import Any

from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.config.utils import parse_cli_yaml_string
from pyspark.sql import SparkSession

from lake import jvm
from lake.causes import explained
from lake.code import rules_under
from lake.dbt_sessions import session_per_thread
from lake.errors import LakeError
from lake.nodes import Node
from lake.settings import REPOSITORY, Settings

VERBS_WITH_VARIABLES = {
    *("build", "clone", "compile", "docs", "freshness", "list", "ls", "parse", "retry", "run", "run-operation"),
    *("seed", "show", "snapshot", "test"),
}


def build(
    spark: SparkSession,
    settings: Settings,
    *,
    layer: str | None = None,
    full_refresh: bool = False,
    on_node: Callable[[Node], None] = lambda _: None,
) -> None:
    """Build and test the models of a layer (`silver`, `gold`), of both when None.

    Raises:
        LakeError: a model or a test failed; the message names the first.
    """
    # Unit tests judge the code, not the lake: scripts/test and `scripts/dbt build` run them, a run need not.
    # The artifacts in JSON are for dbt's own users (`scripts/dbt`): a run does not spend a second of Python on them.
    arguments = ["--log-level", "none", "--no-write-json", "build", "--exclude-resource-type", "unit_test"]
    if layer == "silver":
        # Selected, not gold excluded: dbt would then still run the tests that compare the two layers.
        arguments += ["--select", "path:../silver", "path:seeds", "--indirect-selection", "cautious"]
    elif layer == "gold":
        arguments += ["--select", "path:../gold"]
    if full_refresh:
        arguments.append("--full-refresh")
    result = invoke(spark, settings, arguments, on_node)
    if result.success:
        return
    failed = [node for node in getattr(result.result, "results", []) if node.status in ("error", "fail")]
    if failed:
        first = failed[0]
        cause = explained(first.message or "")
        msg = f"{len(failed)} dbt node(s) failed, first {first.node.name}: {cause}.{_log_hint(settings)}"
    else:
        msg = f"dbt failed: {explained(result.exception or 'it gave no cause')}.{_log_hint(settings)}"
    raise LakeError(msg)


def invoke(
    spark: SparkSession | None,
    settings: Settings,
    arguments: Sequence[str],
    on_node: Callable[[Node], None] = lambda _: None,
) -> dbtRunnerResult:
    """What `dbt ARGUMENTS` gives in this session, with the project's own folders and no telemetry.

    Without a session dbt makes the connections that the profile's target says.
    """
    point_to_project(settings)

    finished, total = count(1), [0]

    def report(event: Any) -> None:  # noqa: ANN401 - dbt makes its events as it runs
        name = getattr(getattr(event, "info", None), "name", "")
        if name == "LogStartLine":
            total[0] = event.data.total
        # dbt does not count ephemeral models, for which nothing is done.
        elif name == "NodeFinished" and event.data.node_info.materialized != "ephemeral":
            node, result = event.data.node_info, event.data.run_result
            on_node(
                Node(
                    name=node.node_name,
                    kind=node.resource_type,
                    status=result.status,
                    seconds=result.execution_time,
                    number=next(finished),
                    total=total[0],
                )
            )

    try:
        with session_per_thread(spark) if spark is not None else nullcontext():
            return dbtRunner(callbacks=[report]).invoke(_with_rules(arguments))
    finally:
        # What models cached for each other is of this invocation; where Java is gone, nothing is left of it.
        if spark is not None and not jvm.has_ended():
            spark.catalog.clearCache()


def point_to_project(settings: Settings) -> None:
    """Let dbt find the project and its log folder, whatever the current folder is."""
    os.environ["DBT_PROJECT_DIR"] = os.environ["DBT_PROFILES_DIR"] = str(REPOSITORY / "dbt")
    os.environ["DBT_LOG_PATH"] = str(settings.log_folder / "dbt")
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    os.environ.setdefault("DBT_VERSION_CHECK", "false")


def _with_rules(arguments: Sequence[str]) -> list[str]:
    """The arguments with the variable that tells the models under which rules they are built."""
    words = list(arguments)
    given: dict[str, Any] = {}
    if "--vars" in words[:-1]:
        place = words.index("--vars")
        given = parse_cli_yaml_string(words[place + 1], "vars")
        del words[place : place + 2]
    if not VERBS_WITH_VARIABLES.intersection(words):
        return words
    given.pop("rules", None)
    return [*words, "--vars", json.dumps({**given, "rules": rules_under(given)})]


def _log_hint(settings: Settings) -> str:
    """Where dbt's own log is; dbt writes none where it fails before its first line."""
    log = settings.log_folder / "dbt" / "dbt.log"
    return f" Log: {log}" if log.exists() else ""
