"""Fit Spark to the size of the lake: on a small one, generating code takes longer than running without it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import SparkSession

from lake.settings import REPOSITORY, Settings

# Landed and bronze bytes. A first build of 250,000 records (34 MB of both) takes as long with these settings as without
# (71 s and 72 s, cold, two cores: `lake generate --rows 250000 --days 90`, `time lake run`); a smaller one is faster.
SMALL_LAKE_BYTES = 32 << 20
SMALL_LAKE = REPOSITORY / "spark_conf" / "small-lake.conf"


def fit_to_size(spark: SparkSession, settings: Settings) -> bool:
    """Use the settings for small lakes where this is one, else the session's own; returns whether it is."""
    weighed = (settings.landing_path, settings.lake_path / "bronze" / "emissions")
    size_bytes = 0
    for each in (each for root in weighed for each in _sizes(root)):
        size_bytes += each
        if size_bytes > SMALL_LAKE_BYTES:
            break
    is_small = size_bytes <= SMALL_LAKE_BYTES
    usual = spark.sparkContext.getConf()
    for name, small_value in _small_lake_settings().items():
        value = small_value if is_small else usual.get(name)
        if value is None:
            spark.conf.unset(name)
        else:
            spark.conf.set(name, value)
    return is_small


def _sizes(root: Path) -> Iterator[int]:
    """The sizes of the regular files below a folder; what cannot be looked at weighs nothing."""
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                status = Path(folder, name).lstat()
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode):
                yield status.st_size


def _small_lake_settings() -> dict[str, str]:
    lines = SMALL_LAKE.read_text(encoding="utf-8").splitlines()
    return dict(line.split(None, 1) for line in lines if line.strip() and not line.startswith("#"))
