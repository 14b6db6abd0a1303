"""The worker as its parent sees it: asked for tests, killed where it hangs, started anew where it died."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any

from tests.mutations.copied_tree import environment_of

# The longest list of tests takes minutes on a busy machine; a mutant that loops must end all the same.
PATIENCE_SECONDS = 1800


class WorkerProcess:
    """A worker in the copied tree, ended with the block."""

    def __init__(self, copy: Path, log: Path) -> None:
        self._copy, self._log = copy, log
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "WorkerProcess":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def run(self, arguments: list[str]) -> dict[str, Any] | None:
        """What the worker answers to pytest arguments; None where it hung or died.

        Raises:
            RuntimeError: the worker imported the product from elsewhere than the copy.
        """
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{json.dumps(arguments)}\n")
        process.stdin.flush()
        ready, _, _ = select([process.stdout], [], [], PATIENCE_SECONDS)
        line = process.stdout.readline() if ready else ""
        if not line:
            self._end()
            return None
        answer: dict[str, Any] = json.loads(line)
        if Path(answer["tree"]) != self._copy:
            msg = f"the tests ran against {answer['tree']}, not against the copy {self._copy}"
            raise RuntimeError(msg)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.mutations.worker"],
                cwd=self._copy,
                env=environment_of(self._copy),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # so that Spark's JVM ends with it
            )

    def _end(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
