"""Statements side by side: one under way while others come and go."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from tests.conftest import TestLake
from tests.crashes.processes import until


@contextmanager
def beside(lake: TestLake, work: Callable[[], None]) -> Iterator[Future[None]]:
    """While the block runs, `work` is within a job of Spark, and so within its transaction; afterwards it has ended."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work)
        stages = lake.spark.sparkContext.statusTracker()
        until(lambda: future.done() or bool(stages.getActiveStageIds()), seconds=60)
        yield future
