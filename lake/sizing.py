"""Fit Java to the size of its work: one command on a small lake is over before optimized code pays."""

import os
from collections.abc import Iterable

from lake.settings import Settings
from lake.storage import sizes

# Landed and bronze bytes. When the settings of queries went by them too, a first build of 250,000 records (34 MB of
# both) took as long with those of small lakes as without (71 s and 72 s, cold, two cores: `lake generate --rows 250000
# --days 90`, `time lake run`); a smaller one was faster.
SMALL_LAKE_BYTES = 32 << 20

# One command on a small lake, or with little news on a large one, ends before the optimizing compiler pays: without it
# a first run of 1,000 records took 46 CPU-seconds of Java instead of 67, in as much time on two idle cores (`time lake
# run`, Java's own from /proc).
SMALL_LAKE_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def fit_java_to_size(settings: Settings, *, follows_news: bool = False) -> None:
    """Let a Java process that is about to start suit its work, unless `LAKE_JAVA_OPTIONS` says how.

    The work is as large as the lake, or where it `follows_news` as what was landed since the last run.
    """
    if is_small(settings) or (follows_news and _little_is_new(settings)):
        os.environ.setdefault("LAKE_JAVA_OPTIONS", SMALL_LAKE_JAVA)


def is_small(settings: Settings) -> bool:
    """Whether landed and bronze bytes are few enough for what suits small lakes."""
    weighed = (settings.landing_path, settings.lake_path / "bronze" / "emissions")
    return _are_few(each for root in weighed for each in sizes(root))


def _little_is_new(settings: Settings) -> bool:
    log = settings.lake_path / "audit" / "runs" / "_delta_log"
    runs = [commit.stat().st_mtime for commit in log.glob("*.json")]
    return bool(runs) and _are_few(sizes(settings.landing_path, since=max(runs)))


def _are_few(sizes_bytes: Iterable[int]) -> bool:
    size_bytes = 0
    for each in sizes_bytes:
        size_bytes += each
        if size_bytes > SMALL_LAKE_BYTES:
            break
    return size_bytes <= SMALL_LAKE_BYTES
