"""The DAG `emissions_pipeline_dag`: a run of the lake, task by task."""

import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Param
from failure_notice import notify
from lake_operators import GenerateOperator, GoldOperator, LakeOperator, LandOperator

DOCUMENT = """
# Emissions pipeline

Deliveries from the landing area to tested gold, as `lake run` does it, one task a layer.

| task | does |
|---|---|
| `generate_data` | makes and lands a synthetic delivery; only with the parameter `generate` |
| `land_files` | lands the files of the inbox that the parameter `files` names |
| `ingest_to_minio` | takes what is new in the landing area into bronze and the ledger |
| `clean_data` | builds and tests silver |
| `process_business_logic` | builds and tests gold, accounts for every row and gram, records the run |
| `publish` | lets readers see the run, unless something was published with it or after it |
| `report` | writes the HTML report |

The run's identity in the lake (`lake runs`) is Airflow's run id. Every task can be cleared: it does again what it did,
and what is done already stays. Where the run was whole before, its row in `audit.runs` stays too, and the repetition is
recorded as `ID.2`. Another run that holds the lake (exit 3), or a command that was killed, is tried again with growing
pauses; a failure (exit 1) is not: its cause is the last line of the task's log.
"""
# The longest build that was measured, of ten million records on two cores, takes minutes (docs/performance.md).
LONGEST_TASK = timedelta(hours=2)
RUN = ("--run-id", "{{ run_id }}")
REFRESH = "{{ '--full-refresh' if params.full_refresh else '' }}"
REPORTS = os.environ.get("LAKE_REPORT_FOLDER", "")

with DAG(
    "emissions_pipeline_dag",
    description="Deliveries of advertising emissions to tested, published gold tables",
    doc_md=DOCUMENT,
    schedule=os.environ.get("LAKE_SCHEDULE") or None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    # One writer holds the lake at a time.
    max_active_runs=1,
    params={
        "files": Param([], type="array", items={"type": "string"}, description="Files of the inbox to land"),
        "full_refresh": Param(False, type="boolean", description="Rebuild silver and gold from bronze and the ledger"),
        "generate": Param(False, type="boolean", description="Make and land a synthetic delivery first"),
        "rows": Param(1000, type="integer", minimum=1, maximum=10_000_000, description="Its records"),
        "days": Param(30, type="integer", minimum=1, maximum=3660, description="Its days"),
        "seed": Param(7, type="integer", minimum=0, description="Its seed: the same seed, the same bytes"),
        "issue_rate": Param(0.05, type="number", minimum=0, maximum=1, description="Its share of planted defects"),
    },
    default_args={
        "retries": int(os.environ.get("LAKE_RETRIES", "5")),
        "retry_delay": timedelta(seconds=float(os.environ.get("LAKE_RETRY_SECONDS", "30"))),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=15),
        "execution_timeout": LONGEST_TASK,
        "on_failure_callback": notify,
    },
    tags=["lakehouse"],
) as dag:
    generate_data = GenerateOperator(task_id="generate_data")
    land_files = LandOperator(task_id="land_files", trigger_rule="none_failed")
    ingest_to_minio = LakeOperator(task_id="ingest_to_minio", commands=[["ingest", *RUN]], trigger_rule="none_failed")
    clean_data = LakeOperator(task_id="clean_data", commands=[["build", "--layer", "silver", *RUN, REFRESH]])
    # A whole build is what is tested, recorded and shown; it finds silver built already.
    process_business_logic = GoldOperator(
        task_id="process_business_logic", run_id="{{ run_id }}", commands=[["build", *RUN]]
    )
    publish = LakeOperator(task_id="publish", commands=[["publish", "--forward", "{{ run_id }}"]])
    report = LakeOperator(task_id="report", commands=[["report", *(("--out", REPORTS) if REPORTS else ())]])
    generate_data >> land_files >> ingest_to_minio >> clean_data >> process_business_logic >> publish >> report
