"""For which work Java does without its optimizing compiler."""

import os
from pathlib import Path

import pytest

from lake.settings import Settings
from lake.sizing import SMALL_LAKE_JAVA, fit_java_to_size

AN_HOUR = 3600


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake with ten bytes in landing and in bronze, of which five are small, and a run since."""
    monkeypatch.setattr("lake.sizing.SMALL_LAKE_BYTES", 5)
    for path in ("landing/a.csv", "lake/bronze/emissions/a.parquet", "lake/audit/runs/_delta_log/0.json"):
        file = tmp_path / path
        file.parent.mkdir(parents=True)
        file.write_bytes(b"0123456789")
    hours_ago(tmp_path / "landing" / "a.csv", 2)
    hours_ago(tmp_path / "lake" / "audit" / "runs" / "_delta_log" / "0.json", 1)
    return Settings(lake_uri=str(tmp_path / "lake"), landing_uri=str(tmp_path / "landing"))


def hours_ago(file: Path, hours: int) -> None:
    moment = file.stat().st_mtime - hours * AN_HOUR
    os.utime(file, (moment, moment))


def fitted(settings: Settings, *, follows_news: bool) -> str | None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LAKE_JAVA_OPTIONS", raising=False)
        fit_java_to_size(settings, follows_news=follows_news)
        return os.environ.pop("LAKE_JAVA_OPTIONS", None)


def test_work_on_a_large_lake_is_large_where_it_does_not_follow_the_news(settings: Settings) -> None:
    assert fitted(settings, follows_news=False) is None
    assert fitted(settings, follows_news=True) == SMALL_LAKE_JAVA


def test_what_was_landed_since_the_last_run_decides(settings: Settings) -> None:
    landing = Path(settings.landing_uri)
    (landing / "few.csv").write_bytes(b"0")
    assert fitted(settings, follows_news=True) == SMALL_LAKE_JAVA
    (landing / "many.csv").write_bytes(b"01234")
    assert fitted(settings, follows_news=True) is None


def test_a_first_run_takes_in_all_there_is(settings: Settings) -> None:
    Path(settings.lake_uri, "audit", "runs", "_delta_log", "0.json").unlink()
    assert fitted(settings, follows_news=True) is None
