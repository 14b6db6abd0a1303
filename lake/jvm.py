"""Spark's Java process: how it is started and ended, and what became of it."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

from lake.priority import give_way

# Spark's hooks remove its temporary folders in well under a second; beyond this they hang.
SECONDS_TO_END = 4
# -XX:+ExitOnOutOfMemoryError gives 3, Spark's own handler 52 (org.apache.spark.util.SparkExitCode.OOM).
OUT_OF_MEMORY_CODES = (3, 52)
OUT_OF_MEMORY = "java.lang.OutOfMemoryError"

_process: "subprocess.Popen[bytes] | None" = None
_niceness = 0


def launch(app_name: str, log: Path, kept_open: tuple[int, ...], *, niceness: int = 0) -> None:
    """Start Java with its output in the log and a Spark context in it, for this process's sessions to join.

    Java inherits the descriptors `kept_open`: a lock among them is held until Java has ended too, even where this
    process is killed and Java goes on for a while. `niceness` is how much less urgent it is than others.
    """
    from pyspark.java_gateway import launch_gateway

    from lake.spark_context import CompiledContext

    global _process, _niceness  # noqa: PLW0603 - a process has one Java process
    with log.open("ab") as sink:
        options = {"stdout": sink, "stderr": sink, "pass_fds": kept_open, "start_new_session": niceness > 0}
        gateway = launch_gateway(popen_kwargs=options)  # type: ignore[no-untyped-call]
    _process = gateway.proc
    _niceness = niceness
    if niceness:
        give_way(gateway.proc.pid, niceness)
    CompiledContext(appName=app_name, gateway=gateway)


def is_started() -> bool:
    """Whether Java runs, or is on its way."""
    return _process is not None or bool(_descendants(os.getpid()))


def gives_way() -> bool:
    """Whether Java is less urgent than others."""
    return _niceness > 0


def finish() -> None:
    """Let Java end by itself, with all that it does at its end."""
    if _process is not None and _process.stdin is not None:
        _process.stdin.close()
        _process.wait()


def end() -> None:
    """End Java, by force where it does not end by itself, and whatever else this process has started."""
    if _process is not None:
        _process.terminate()
        with suppress(subprocess.TimeoutExpired):
            _process.wait(SECONDS_TO_END)
    # Before the gateway answers, Java may still be a shell script with children of its own.
    for descendant in reversed(_descendants(os.getpid())):
        with suppress(ProcessLookupError):
            os.kill(descendant, SIGKILL)


def has_ended() -> bool:
    """Whether Java was started and lives no more."""
    return _process is not None and _process.poll() is not None


def fate() -> str | None:
    """How Java ended, in words; None where it lives, or none was started."""
    if _process is None:
        return None
    try:
        code = _process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        return None
    if code in OUT_OF_MEMORY_CODES:
        return OUT_OF_MEMORY
    return f"killed by signal {-code}" if code < 0 else f"ended with code {code}"


def _descendants(process: int) -> list[int]:
    """What a process has started and what that has started, parents first.

    Before the gateway answers, nothing else knows Java's process id.
    """
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):  # it may end meanwhile
        # None where the kernel has no /proc.
        for listing in Path(f"/proc/{process}/task").glob("*/children"):
            for child in map(int, listing.read_text().split()):
                found += [child, *_descendants(child)]
    return found
