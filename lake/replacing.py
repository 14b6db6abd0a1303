"""A local file that is replaced whole or not at all: who reads it meanwhile sees the old one or the new one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

AS_THE_USER_HAS_IT = 0o666


@contextmanager
def replacing(target: Path, mode: int = AS_THE_USER_HAS_IT) -> Iterator[BinaryIO]:
    """A new file that takes the target's place once it is whole and on disk, and is gone after an error.

    Its rights are `mode` less the user's mask. An error is the writer's own or an OSError.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink()
