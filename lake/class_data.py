"""Set-up's last step: an archive of the classes that a run loads, so that Java need not read and check them each time.

Java makes it itself when a process that was started with `-XX:ArchiveClassesAtExit` ends (JEP 350).
"""

import os
import sys
import tempfile
from pathlib import Path

from bronze.synthetic.deliveries import generate
from bronze.synthetic.recipe import Recipe
from lake import jvm
from lake.runs import Steps, new_run_id, run
from lake.session import open_session
from lake.settings import REPOSITORY, Settings

ARCHIVE = REPOSITORY / ".build" / "classes.jsa"
# A first load goes through nearly all classes that any run needs.
ROWS = 200


def main() -> None:
    """Keep the classes of a run with an invented delivery and of one without news; exit 1 where Java fails."""
    part = ARCHIVE.with_suffix(f".{os.getpid()}.part")
    os.environ["LAKE_CLASS_DATA_OUT"] = str(part)
    with tempfile.TemporaryDirectory(prefix="lake-class-data-") as folder:
        settings = Settings(lake_uri=str(Path(folder, "lake")), landing_uri=str(Path(folder, "landing")))
        Path(settings.landing_uri).mkdir()
        spark = open_session(settings)
        generate(Path(settings.landing_uri, "made.csv"), Recipe(rows=ROWS, days=20, seed=1, issue_rate=0.1))
        run(spark, settings, new_run_id(), Steps())
        run(spark, settings, new_run_id(), Steps())
        jvm.finish()
    if not part.exists():
        sys.stderr.write("setup: Java made no class-data archive; commands work without it and start slower\n")
        return
    part.replace(ARCHIVE)


if __name__ == "__main__":
    main()
