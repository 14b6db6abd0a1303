"""Fit Spark to the size of the lake: on a small one, generating code takes longer than running without it."""

from pyspark.sql import SparkSession

from lake.settings import REPOSITORY, Settings

# Landed and bronze bytes. A first build of 250,000 records (34 MB of both) takes as long with these settings as without
# (71 s and 72 s, cold, two cores: `lake generate --rows 250000 --days 90`, `time lake run`); a smaller one is faster.
SMALL_LAKE_BYTES = 32 << 20
SMALL_LAKE = REPOSITORY / "spark_conf" / "small-lake.conf"


def fit_to_size(spark: SparkSession, settings: Settings) -> bool:
    """Use the settings for small lakes where this is one, else the session's own; returns whether it is."""
    weighed = (settings.landing_path, settings.lake_path / "bronze" / "emissions")
    files = (file for folder in weighed for file in folder.rglob("*") if file.is_file())
    size_bytes = 0
    for file in files:
        size_bytes += file.stat().st_size
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


def _small_lake_settings() -> dict[str, str]:
    lines = SMALL_LAKE.read_text(encoding="utf-8").splitlines()
    return dict(line.split(None, 1) for line in lines if line.strip() and not line.startswith("#"))
