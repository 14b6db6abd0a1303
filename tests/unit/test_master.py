"""Where Spark runs: on this machine a task that fails is tried again where the lake is on S3."""

import pytest

from lake.settings import Settings


@pytest.mark.parametrize(
    ("given", "on_s3"),
    [
        ("local[*]", "local[*,3]"),
        ("local[2]", "local[2,3]"),
        ("local[2,5]", "local[2,5]"),
        ("local", "local"),
        ("spark://host:7077", "spark://host:7077"),
    ],
)
def test_tasks_are_repeated_on_s3(given: str, on_s3: str) -> None:
    assert Settings(lake_uri="s3a://bucket/lake", spark_master=given).master == on_s3
    assert Settings(lake_uri="lake", spark_master=given).master == given
