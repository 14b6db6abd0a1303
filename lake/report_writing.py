"""The page that a run writes by itself, beside the lake's tables."""

from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lake.as_of import LeftBehind
from lake.report import gather
from lake.report_page import render, write
from lake.settings import Settings


def write_page(
    spark: SparkSession,
    settings: Settings,
    run: LeftBehind,
    account: dict[str, Any],
    reasons: list[dict[str, Any]],
) -> Path:
    """Write the page of a run whose tables the session shows, with its account and what it refused; returns its path.

    Raises:
        LakeError: the folder cannot be written.
    """
    found = gather(spark, settings, run, account=account, reasons=reasons, with_causes=False)
    return write(settings.report_folder, settings.report_page.name, render(found))
