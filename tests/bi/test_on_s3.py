"""The BI endpoint on S3, with the login of a reader who may read `gold/` and `published/` alone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bi.server import Server, refusal
from tests.conftest import TestLake
from tests.s3.conftest import running_store


@pytest.fixture
def reader(bi_lake: TestLake, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of a reader of a copy of the lake in a MinIO."""
    with running_store(tmp_path) as store:
        client = store.pipeline.client(store.server.url)
        lake = Path(str(bi_lake.settings.lake_path))
        for file in lake.glob("**/*"):
            if file.is_file() and not file.relative_to(lake).parts[0].startswith("_"):
                client.upload_file(str(file), "lake", str(file.relative_to(lake)))
        yield {"LAKE_URI": "s3a://lake", **store.reader.environment(store.server.url)}


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
