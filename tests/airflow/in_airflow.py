"""Runs in Airflow's environment: what the DAG is, and how its operators end, as one line of JSON."""

import json
import sys

import emissions_pipeline_dag
from airflow.sdk.exceptions import AirflowFailException
from lake_operators import LakeOperator, LandOperator, cause_of, environment


def ending(operator: LakeOperator, **params: object) -> list[str]:
    """How a task ends: the class of its error, and what that says."""
    try:
        operator.execute({"params": params})
    except Exception as error:
        return [type(error).__name__, str(error), str(isinstance(error, AirflowFailException))]
    return ["done", "", ""]


def main() -> None:
    """Print what the test looks at."""
    dag = emissions_pipeline_dag.dag
    tasks = dag.topological_sort()
    said = {
        "dag_id": dag.dag_id,
        "tasks": [task.task_id for task in tasks],
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "backs_off": [bool(task.retry_exponential_backoff) and task.retries > 0 for task in tasks],
        "timeouts": [task.execution_timeout.total_seconds() for task in tasks],
        "documented": dag.doc_md,
        "defaults": {name: dag.params[name] for name in ("files", "full_refresh", "generate")},
        "outside": ending(LandOperator(task_id="outside"), files=["../README.md"]),
        "no_files": ending(LandOperator(task_id="no_files"), files=[]),
        "wrong_use": ending(LakeOperator(task_id="wrong_use", commands=[["publish"]])),
        "ended_by_signal": cause_of(["starting", "lake: stopped"], "build", -9),
        "passed_on": sorted(environment()),
    }
    sys.stdout.write(json.dumps(said) + "\n")


main()
