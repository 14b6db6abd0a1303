"""A run as OpenLineage events (openlineage.io): what went in, what came out, how it ended; by audit.runs.

An event names datasets as the standard does: a file system or bucket, and a path in it.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    DatasetFacet,
    JobFacet,
    RunFacet,
    dataset_version_dataset,
    error_message_run,
    input_statistics_input_dataset,
    job_type_job,
    processing_engine_run,
    symlinks_dataset,
)
from openlineage.client.transport.console import ConsoleTransport
from pyspark import __version__ as spark_version
from pyspark.sql import Row, SparkSession

from lake.as_of import find_run
from lake.errors import LakeError, UsageError
from lake.queries import query
from lake.session import open_session
from lake.settings import Settings
from lake.storage import LakePath, S3Path

JOB_NAMESPACE = "emissions-lakehouse"
# The standard asks for a URI that names what made the event.
PRODUCER = "urn:emissions-lakehouse"


def events(settings: Settings, given: str) -> list[RunEvent]:
    """A run's START, and its COMPLETE or FAIL, of the run of this identity or beginning.

    The deliveries that the run loaded are the inputs, the tables that it changed the outputs, each with its version.

    Raises:
        UsageError: no run is meant, or several are.
        LakeError: the lake cannot be read, or has had no run.
    """
    spark = open_session(settings)
    run_id = find_run(spark, settings, given).run_id
    run = spark.sql("select * from audit.runs where run_id = :run_id", args={"run_id": run_id}).collect()[0]
    job = Job(JOB_NAMESPACE, f"lake {run.steps or 'run'}", {"jobType": _job_type()})
    inputs = _inputs(spark, settings.landing_path, run)
    outputs = _outputs(spark, settings.lake_path, run)
    # The standard's runs have UUIDs; the same run has the same one whenever it is told.
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.lake_path}#{run.run_id}"))
    started = Run(identity, {"processing_engine": _engine()})
    has_failed = run.status != "succeeded"
    ended = Run(identity, {"processing_engine": _engine(), **(_error(run) if has_failed else {})})
    return [
        RunEvent(
            eventType=state,
            eventTime=_utc(moment),
            run=of_run,
            job=job,
            producer=PRODUCER,
            inputs=inputs,
            outputs=outputs if state != RunState.START else [],
        )
        for state, moment, of_run in (
            (RunState.START, run.started_at, started),
            (RunState.FAIL if has_failed else RunState.COMPLETE, run.finished_at, ended),
        )
    ]


def send(told: Sequence[RunEvent]) -> None:
    """Send events where the client is set up to (openlineage.io/docs/client/python).

    Raises:
        UsageError: it is not set up.
        LakeError: they could not be sent.
    """
    try:
        client = OpenLineageClient()
        # What the client does where nobody has told it more: it writes to a log that nobody reads.
        is_set_up = client.transport.kind != ConsoleTransport.kind
        for event in told if is_set_up else ():
            client.emit(event)
        client.close()
    except Exception as error:  # each transport has errors of its own
        msg = f"cannot send the events: {error}. Check OPENLINEAGE_URL, or the openlineage.yml that the client reads."
        raise LakeError(msg) from error
    if not is_set_up:
        msg = (
            "nothing was sent: set OPENLINEAGE_URL=http://host:port, or make the openlineage.yml that the client reads"
        )
        raise UsageError(msg)


def _inputs(spark: SparkSession, landing: LakePath, run: Row) -> list[InputDataset]:
    return [
        InputDataset(
            *_named(landing / row.path),
            inputFacets={
                "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
                    rowCount=row.row_count, size=row.size_bytes, producer=PRODUCER
                )
            },
            facets={"version": _version(row.content_sha256)},
        )
        for row in query(spark, "lineage_deliveries", run_id=run.run_id).collect()
    ]


def _outputs(spark: SparkSession, lake: LakePath, run: Row) -> list[OutputDataset]:
    rows = query(spark, "lineage_tables", run_id=run.run_id, started_at=run.started_at).collect()
    outputs = []
    for row in rows:
        table = symlinks_dataset.Identifier(JOB_NAMESPACE, row.table_name, "TABLE")
        facets: dict[str, DatasetFacet] = {
            "version": _version(str(row.version)),
            "symlinks": symlinks_dataset.SymlinksDatasetFacet([table], producer=PRODUCER),
        }
        outputs.append(OutputDataset(*_named(lake.joinpath(*row.table_name.split("."))), facets=facets))
    return outputs


def _named(place: LakePath) -> tuple[str, str]:
    """Namespace and name of a place (openlineage.io/docs/spec/naming)."""
    return (f"s3://{place.bucket}", place.key) if isinstance(place, S3Path) else ("file", str(place))


def _version(version: str) -> DatasetFacet:
    return dataset_version_dataset.DatasetVersionDatasetFacet(version, producer=PRODUCER)


def _job_type() -> JobFacet:
    return job_type_job.JobTypeJobFacet("BATCH", "SPARK", "JOB", producer=PRODUCER)


def _engine() -> RunFacet:
    return processing_engine_run.ProcessingEngineRunFacet(spark_version, "spark", producer=PRODUCER)


def _error(run: Row) -> dict[str, Any]:
    message = run.reason or "no reason was recorded"
    return {"errorMessage": error_message_run.ErrorMessageRunFacet(message, "SQL", producer=PRODUCER)}


def _utc(moment: datetime) -> str:
    # The session's time zone is UTC, and rows have none.
    return f"{moment.isoformat(timespec='milliseconds')}Z"
