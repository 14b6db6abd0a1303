"""The Spark context of this process, as the lake's own Java class (docs/decisions/0032-compiled-functions.md)."""

from typing import Any

from pyspark import SparkContext


class CompiledContext(SparkContext):
    """PySpark's context on one that sends compiled functions to tasks as they are."""

    def _initialize_context(self, jconf: Any) -> Any:  # noqa: ANN401 - Java's objects
        java = self._jvm
        if java is None:
            raise AssertionError
        return java.JavaSparkContext(java.lakehouse.CompiledContext(jconf))
