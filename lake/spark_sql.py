"""scripts/spark-sql: start Spark's shell on the lake's folders."""

import os
import sys
import tempfile
from pathlib import Path

import pyspark

from lake import published
from lake.errors import LakeError
from lake.retention import session_settings
from lake.session import spark_environment
from lake.settings import Settings
from lake.tables import registration


def main() -> None:
    """Replace this process by spark-sql, with every table and view of the lake registered."""
    settings = Settings()
    try:
        log = settings.log_folder / "spark-sql.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        lake = settings.lake_path
        statements = [*registration(lake), *published.registration(lake), *published.log_registration(lake)]
        retention = session_settings(settings.retention_days)
    except (LakeError, OSError) as error:
        sys.stderr.write(f"spark-sql: {error}\n")
        sys.exit(getattr(error, "exit_code", 1))
    with tempfile.NamedTemporaryFile("w", suffix=".sql", delete=False, encoding="utf-8") as script:
        script.write(";\n".join(statements) + ";\n")
    home = Path(pyspark.__file__).parent
    os.environ.update(spark_environment(settings, log))
    os.environ["SPARK_HOME"] = str(home)
    command = [
        str(home / "bin" / "spark-sql"),
        "--master",
        settings.master,
        *(word for name, value in retention.items() for word in ("--conf", f"{name}={value}")),
        "-i",
        script.name,
        *sys.argv[1:],
    ]
    os.execv(command[0], command)  # noqa: S606 - the user's own shell


if __name__ == "__main__":
    main()
