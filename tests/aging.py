"""Lakes that have lain for long."""

import os
import re

from tests.conftest import TestLake, forget_snapshots

SECONDS_A_DAY = 86_400
TIMES = re.compile(r'("(?:timestamp|modificationTime|deletionTimestamp|createdTime)":)(\d{13})')


def age(lake: TestLake, days: int) -> None:
    """Make all that lies there so many days older: the times in the logs, and those of the files."""
    shift = days * SECONDS_A_DAY
    for path in [path for path in lake.settings.lake_path.rglob("*") if path.is_file()]:
        if path.parent.name == "_delta_log":
            assert "checkpoint" not in path.name, "its times cannot be changed"
            if path.suffix == ".crc":
                path.unlink()
                continue
            path.write_text(TIMES.sub(lambda found: f"{found[1]}{int(found[2]) - shift * 1000}", path.read_text()))
        moment = path.stat().st_mtime - shift
        os.utime(path, (moment, moment))
    forget_snapshots(lake.spark)
