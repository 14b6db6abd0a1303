"""The files in which Delta keeps beside a commit what the table then is, and what may become of them."""

import json
from pathlib import Path
from typing import Any

from tests.conftest import TestLake, forget_snapshots


def table_folder(lake: TestLake, table: str) -> Path:
    """Where a table of a lake on this machine lies."""
    return Path(str(lake.settings.lake_path)).joinpath(*table.split("."))


def checksum_files(lake: TestLake, table: str) -> list[Path]:
    """Those of a table, the newest last."""
    return sorted(table_folder(lake, table).glob("_delta_log/0*.crc"))


def remove_checksums(lake: TestLake, table: str) -> None:
    """Let Delta go its own way with a table."""
    for file in checksum_files(lake, table):
        file.unlink()
    forget_snapshots(lake.spark)


def rewrite_checksum(lake: TestLake, table: str, checksum: dict[str, Any]) -> None:
    """Put other content into the newest of a table, of which Hadoop then keeps no sum of its own."""
    file = checksum_files(lake, table)[-1]
    file.write_text(json.dumps(checksum), encoding="utf-8")
    (file.parent / f".{file.name}.crc").unlink(missing_ok=True)
    forget_snapshots(lake.spark)
