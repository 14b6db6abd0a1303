"""The BI endpoint on S3, with the login of a reader who may read `gold/` and `published/` alone."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from lake.errors import LakeError
from lake.minio_server import Login, end, free_port, launch, program, set_up
from lake.settings import REPOSITORY
from tests.bi.server import Server, refusal
from tests.conftest import TestLake


@pytest.fixture
def reader(bi_lake: TestLake, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of a reader of a copy of the lake in a MinIO."""
    if not (shutil.which("minio") or shutil.which("go")):
        pytest.skip("needs MinIO: there is no minio on the PATH, and no Go to build it")
    try:
        program()
    except LakeError as error:
        pytest.skip(f"needs MinIO: {error}")
    subprocess.run([REPOSITORY / "scripts" / "setup", "s3"], check=True)
    store = launch(tmp_path / "minio", free_port(), tmp_path / "minio.log")
    try:
        pipeline, reader = (Login(user, secrets.token_urlsafe(16)) for user in ("pipeline", "reader"))
        set_up(store, pipeline, reader)
        client = boto3.client(
            "s3",
            endpoint_url=store.url,
            region_name="us-east-1",
            aws_access_key_id=pipeline.user,
            aws_secret_access_key=pipeline.password,
        )
        lake = Path(str(bi_lake.settings.lake_path))
        for file in lake.glob("**/*"):
            if file.is_file() and not file.relative_to(lake).parts[0].startswith("_"):
                client.upload_file(str(file), "lake", str(file.relative_to(lake)))
        yield {"LAKE_URI": "s3a://lake", **reader.environment(store.url)}
    finally:
        end(store.process_id)


@pytest.mark.long
def test_a_reader_of_gold_is_enough(reader: dict[str, str], environment: dict[str, str], bi_lake: TestLake) -> None:
    server = Server({**os.environ, **environment, **reader})
    try:
        server.wait_for("listening")
        query = "select activity_date, domain, total_gco2e from {}.daily_emissions order by all"
        expected = [tuple(map(str, row.values())) for row in bi_lake.rows(query.format("gold"))]
        assert [tuple(map(str, row)) for row in server.rows(query.format("published"))] == expected
        with server.connect() as connection:
            assert refusal(connection, "select * from delta.`s3a://lake/gold/daily_emissions`") is not None
    finally:
        assert server.stop() == 0
