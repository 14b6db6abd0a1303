"""The Java process behind scripts/thrift-server: how it is started, told what to show, listened to and ended."""

import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyspark

from lake import published
from lake.descriptions import descriptions
from lake.jvm import OUT_OF_MEMORY_CODES
from lake.queries import SQL
from lake.retention import session_settings
from lake.session import spark_environment
from lake.settings import REPOSITORY, Settings
from lake.tables import registration

MAIN_CLASS = "lakehouse.BiServer"
SECONDS_TO_END = 10
# A statement takes two places at most (spark_conf/bi.conf).
PLACES = 8
# Settings that decide how fast answers come and for whom, none of which lets anybody do more.
TUNABLE = (
    "spark.lakehouse.keptAnswers",
    "spark.lakehouse.largeQuery.spark.sql.adaptive.enabled",
    "spark.lakehouse.largeQuery.spark.sql.shuffle.partitions",
    "spark.lakehouse.smallQueryBytes",
    "spark.lakehouse.statementsAtOnce",
    "spark.lakehouse.turnSeconds",
    "spark.lakehouse.warmUpRounds",
    "spark.sql.artifact.isolation.enabled",
    "spark.sql.files.maxPartitionBytes",
    "spark.sql.files.minPartitionNum",
    "spark.sql.leafNodeDefaultParallelism",
    "spark.sql.shuffle.partitions",
)


class BiProcess:
    """A running server; its lines come by `next_line`, None for none in time, "" at its end."""

    def __init__(
        self, settings: Settings, time_limit: int, tuning: Mapping[str, str], log: Path, *, is_owners: bool
    ) -> None:
        home = Path(pyspark.__file__).parent
        here = settings.repeating(f"local[{max(PLACES, os.cpu_count() or 1)}]")
        is_local = settings.spark_master.startswith("local")
        # What lets strangers in, and shares the cores among them.
        guarded = [
            *("--properties-file", str(REPOSITORY / "spark_conf" / "bi.conf"), "--load-spark-defaults"),
            *("--conf", f"spark.sql.thriftServer.queryTimeout={time_limit}"),
        ]
        retention = session_settings(settings.retention_days)
        command = [
            str(home / "bin" / "spark-submit"),
            *("--master", here if is_local and not is_owners else settings.master),
            *(
                (word for name, value in retention.items() for word in ("--conf", f"{name}={value}"))
                if is_owners
                else guarded
            ),
            *(word for name, value in tuning.items() for word in ("--conf", f"{name}={value}")),
            *(("--driver-memory", settings.spark_driver_memory) if settings.spark_driver_memory else ()),
            *("--class", MAIN_CLASS, "--name", "emissions-lakehouse-bi", "spark-internal"),
        ]
        environment = {**os.environ, **spark_environment(settings, log), "SPARK_HOME": str(home)}
        # Hive would take them before what it is told.
        for name in ("HIVE_SERVER2_THRIFT_PORT", "HIVE_SERVER2_THRIFT_BIND_HOST", "HIVE_CONF_DIR"):
            environment.pop(name, None)
        with log.open("ab") as sink:
            # In a session of its own: Ctrl-C is for this process, which then ends Java.
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                start_new_session=True,
                text=True,
                encoding="utf-8",
            )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def process_id(self) -> int:
        """Java's own."""
        return self._process.pid

    def tell(self, document: dict[str, Any]) -> None:
        """Send one line; where Java is gone, its end comes by `next_line`."""
        stdin = self._process.stdin
        with suppress(BrokenPipeError):
            if stdin is not None:
                stdin.write(json.dumps(document) + "\n")
                stdin.flush()

    def next_line(self, seconds: float) -> str | None:
        """The next line that Java says."""
        with suppress(queue.Empty):
            return self._lines.get(timeout=seconds)
        return None

    def end(self) -> None:
        """Let it end, by force where it does not by itself."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it by force."""
        self._process.kill()
        self._process.wait()

    def fate(self) -> str:
        """How it ended, in words."""
        code = self._process.wait()
        if code in OUT_OF_MEMORY_CODES:
            return "it ran out of memory (SPARK_DRIVER_MEMORY gives it more)"
        if code < 0:
            by_system = ", by the system where memory was short" if code == -signal.SIGKILL else ""
            return f"it was killed by signal {-code}{by_system}"
        return f"it ended with code {code}"

    def _listen(self) -> None:
        stdout = self._process.stdout
        for line in stdout if stdout is not None else ():
            self._lines.put(line.strip() or "-")
        self._lines.put("")


def what_to_show(settings: Settings, *, to_owner: bool) -> dict[str, Any]:
    """The statements that register what is published, the descriptions of its columns, and queries to warm up with.

    The last alone where a shared metastore shows it, the first alone, and of all of the lake, `to_owner`.

    Raises:
        LakeError: the publication cannot be read.
    """
    if to_owner:
        lake = settings.lake_path
        return {"statements": registration(lake) + published.registration(lake) + published.log_registration(lake)}
    is_something = published.current(settings.lake_path) is not None
    warm_up = (SQL / "bi_warm_up.sql").read_text(encoding="utf-8").split(";\n") if is_something else []
    if settings.metastore_url:
        return {"warm_up": warm_up}
    return {"statements": published.registration(settings.lake_path), "comments": descriptions(), "warm_up": warm_up}
