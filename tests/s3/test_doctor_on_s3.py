"""`lake doctor` against a real store: logins, rights and buckets that are wrong."""

from collections.abc import Iterator, Mapping

import boto3
import pytest

from lake import s3
from lake.doctor import examine
from lake.finding import Finding
from lake.settings import Settings
from tests.s3.conftest import Store


@pytest.fixture(autouse=True)
def own_login() -> Iterator[None]:
    """The next test finds its login anew."""
    yield
    boto3.DEFAULT_SESSION = None


def examined() -> dict[str, Finding]:
    s3.client.cache_clear()
    boto3.DEFAULT_SESSION = None  # which keeps the first login that it finds
    return {item.check: item for item in examine(Settings())}


def test_a_store_that_is_well(on_s3: Mapping[str, str]) -> None:
    found = examined()
    assert all(item.ok for item in found.values()), found
    assert "conditional writes are kept to" in found["LAKE_URI"].message
    assert found["clock"].status == "ok"
    assert "s3" in found["jars"].message


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("AWS_ACCESS_KEY_ID", "nobody", "the store does not know this login. Check AWS_ACCESS_KEY_ID"),
        ("AWS_SECRET_ACCESS_KEY", "guessed", "the store refuses this login. Check AWS_SECRET_ACCESS_KEY"),
        ("LAKE_URI", "s3a://no-such-bucket/lake", "bucket no-such-bucket at"),
    ],
)
def test_a_login_or_a_bucket_that_is_not_there(
    on_s3: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    del on_s3
    monkeypatch.setenv(variable, value)
    found = examined()["LAKE_URI"]
    assert found.status == "failure"
    assert words in found.message


def test_a_login_that_may_only_read(on_s3: Mapping[str, str], store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    del on_s3
    for name, value in store.reader.environment(store.server.url).items():
        monkeypatch.setenv(name, value)
    found = examined()["LAKE_URI"]
    assert found.status == "failure"
    assert "this login may not do that" in found.message
