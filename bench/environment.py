"""The peers' environment of their own, made from bench/requirements.lock: what the lake needs is not touched."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from bench.measuring import REPOSITORY, FailedError

ENVIRONMENT = REPOSITORY / ".build" / "bench-venv"
LOCK = REPOSITORY / "bench" / "requirements.lock"


def bench_python() -> Path:
    """The Python of the bench's environment, which is made where it is missing or its lock file has changed.

    Raises:
        FailedError: it cannot be made; the message says why.
    """
    python, stamp = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "made-from"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    sys.stderr.write("bench: making the peers' environment in .build/bench-venv\n")
    _call(sys.executable, "-m", "venv", str(ENVIRONMENT))
    install = ("install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement", str(LOCK))
    _call(str(python), "-m", "pip", *install)
    stamp.write_text(wanted)
    return python


def _call(*command: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().splitlines()[-3:]
        msg = f"the peers' environment cannot be made: {' '.join(command[:4])}: {' '.join(said)}"
        raise FailedError(msg)
