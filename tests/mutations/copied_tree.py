"""A copy of the checkout in which mutants live, so that the user's tree is never changed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

LEFT_OUT = (".git", ".venv", ".build", ".hypothesis", "data", "target", "logs", "__pycache__", "*_cache", "*.egg-info")


@contextmanager
def copied_tree(root: Path) -> Iterator[Path]:
    """The path of a copy that shares the checkout's environment and jars; it goes when the block ends."""
    with TemporaryDirectory(prefix="lake-mutants-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (copy / ".venv").symlink_to(root / ".venv")
        (copy / ".build").mkdir()
        (copy / ".build" / "jars").symlink_to(root / ".build" / "jars")
        # scripts/setup would make an environment anew where a stamp names another folder.
        (copy / ".build" / "stamps").mkdir()
        for stamp in (root / ".build" / "stamps").iterdir():
            text = stamp.read_text(encoding="utf-8").replace(str(root), str(copy))
            (copy / ".build" / "stamps" / stamp.name).write_text(text, encoding="utf-8")
        yield copy


def environment_of(copy: Path) -> dict[str, str]:
    """The variables under which a process imports the copy's packages, whatever the environment has installed."""
    # Compiled files are matched by size and whole seconds: a mutant of equal size would meet those of the one before.
    return {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
