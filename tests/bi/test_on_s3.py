"""The BI endpoint on S3, with the login of a reader who may read `gold/` and `published/` alone."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from lake.settings import REPOSITORY
from tests.bi.server import Server, ask, refusal
from tests.conftest import TestLake
from tests.metastore.postgres import running_postgres
from tests.s3.conftest import Store, running_store

pytestmark = pytest.mark.long

TOTAL = "select count(*) as row_count, sum(total_gco2e) as total_gco2e from {}.daily_emissions"
READER, READERS_PASSWORD = "bi_reader", "a-password-of-its-own"


@pytest.fixture
def store(bi_lake: TestLake, tmp_path: Path) -> Iterator[Store]:
    """A MinIO with a copy of the lake."""
    with running_store(tmp_path) as made:
        client = made.pipeline.client(made.server.url)
        lake = Path(str(bi_lake.settings.lake_path))
        for file in lake.glob("**/*"):
            if file.is_file() and not file.relative_to(lake).parts[0].startswith("_"):
                client.upload_file(str(file), "lake", str(file.relative_to(lake)))
        yield made


def variables_of(store: Store, environment: dict[str, str]) -> dict[str, str]:
    """What the endpoint gets: the lake's place, and the reader's login."""
    return {**os.environ, **environment, "LAKE_URI": "s3a://lake", **store.reader.environment(store.server.url)}


def test_a_reader_of_gold_is_enough(store: Store, environment: dict[str, str], bi_lake: TestLake) -> None:
    server = Server(variables_of(store, environment))
    try:
        server.wait_for("listening")
        query = "select activity_date, domain, total_gco2e from {}.daily_emissions order by all"
        expected = [tuple(map(str, row.values())) for row in bi_lake.rows(query.format("gold"))]
        assert [tuple(map(str, row)) for row in server.rows(query.format("published"))] == expected
        with server.connect() as connection:
            assert refusal(connection, "select * from delta.`s3a://lake/gold/daily_emissions`") is not None
    finally:
        assert server.stop() == 0


def test_guard_login_and_role_stand_together(store: Store, environment: dict[str, str], bi_lake: TestLake) -> None:
    with running_postgres() as postgres:
        postgres.tell(bi_lake.spark, f"create role {READER} login password '{READERS_PASSWORD}'")
        pipeline = {"LAKE_URI": "s3a://lake", **store.pipeline.environment(store.server.url), **postgres.environment()}
        entering = [REPOSITORY / "scripts" / "lake", "metastore", "--reader", READER]
        for _ in range(2):
            # The second time the entries are known as this lake's, which is all of a bucket.
            subprocess.run(entering, env={**os.environ, **pipeline}, check=True)

        server = Server({**variables_of(store, environment), **postgres.environment(READER, READERS_PASSWORD)})
        try:
            server.wait_for("listening")
            [ours] = bi_lake.rows(TOTAL.format("gold"))
            with server.connect() as connection:
                [answer] = ask(connection, TOTAL.format("published"))
                assert tuple(map(str, answer)) == tuple(map(str, ours.values()))
                assert ask(connection, "show schemas") == [("default",), ("published",)]
                # The guard: whatever else is asked for is refused before anything is looked up.
                for schema in ("gold", "silver", "bronze", "audit"):
                    assert refusal(connection, TOTAL.format(schema)) is not None
            # The login of the store, of somebody who got past the guard: no file of other schemas.
            reader = store.reader.client(store.server.url)
            assert reader.list_objects_v2(Bucket="lake", Prefix="gold/", MaxKeys=1)["KeyCount"] == 1
            for prefix in ("silver/", "bronze/", "audit/"):
                with pytest.raises(ClientError, match="AccessDenied"):
                    reader.list_objects_v2(Bucket="lake", Prefix=prefix, MaxKeys=1)
            # The role in the metastore: no name of other schemas.
            seen = postgres.ask(bi_lake.spark, 'select "NAME" from "DBS" order by 1', READER, READERS_PASSWORD)
            assert seen == [("default",), ("published",)]
        finally:
            assert server.stop() == 0
