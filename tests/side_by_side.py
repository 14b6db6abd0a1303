"""Two processes for the tests where the machine has room for them, and which tests stay together in one.

While one waits, for a command's start, for a server, for the one task of a stage, the other works.
"""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

# A session's Java may fill 4 GB (spark.driver.memory), and so may a server's or a command's beside it.
BYTES_A_PROCESS = 9 * 1024**3
MOST_PROCESSES = 2
# Folders whose tests share what is dear to start: a server, a store, an environment. Elsewhere a file stays together.
TOGETHER = ("bi", "s3", "trust", "airflow", "crashes", "metastore", "pages", "owner", "stack", "unit")
# What takes long comes first, so that no process is left with it at the end (`scripts/test --durations=60` shows what).
FIRST = (
    *TOGETHER,
    "test_concurrency.py",
    "test_maintain.py",
    "test_histories.py",
    "test_unchanged.py",
    "test_verify.py",
    "test_commands.py",
    "test_known_merge.py",
    "test_costs.py",
)


class Scheduler(LoadScopeScheduling):
    """Gives a process group after group (pytest-xdist's own groups need an older pytest)."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def processes(config: pytest.Config) -> int:
    """How many `-n auto` means; 0 for none beside pytest's own, as where files or folders are named."""
    if config.args != config.getini("testpaths"):
        return 0
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    count = min(memory // BYTES_A_PROCESS, os.cpu_count() or 1, MOST_PROCESSES)
    return count if count > 1 else 0


def group_of(test: str) -> str:
    """The tests that run in one process with this one, by its pytest id: those of its folder, or of its file."""
    file = test.split("::", 1)[0].split("/")
    return file[1] if file[1] in TOGETHER else file[-1]


def sort_by_group(items: list[pytest.Item]) -> None:
    """The groups of `FIRST` in its order, then the other files as they come."""
    places = {group: place for place, group in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(group_of(item.nodeid), len(places)))
