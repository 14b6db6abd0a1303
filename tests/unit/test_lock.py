"""The lake's lock, between two handles of one process."""

from pathlib import Path

import pytest

from lake.errors import LakeBusyError
from lake.lock import writing


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with writing(tmp_path, "first"), pytest.raises(LakeBusyError, match="first, process"):
        writing(tmp_path, "second").__enter__()
    with writing(tmp_path, "third"):
        pass
