"""The settings of the BI endpoint that `scripts/bench --bi` compares, each against the server as it comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Setting:
    """One way to run the server.

    Attributes:
        name: what the table and `--settings` call it.
        why: what it might save, in a line.
        spark: Spark settings, as `scripts/thrift-server --spark` takes them.
        java: Java's own options in place of the server's; none where empty.
        runs_give_way: how much of the CPU the runs beside the clients leave it (LAKE_GIVES_WAY).
    """

    name: str
    why: str
    spark: Mapping[str, str] = field(default_factory=dict)
    java: str = ""
    runs_give_way: str = "some"

    def environment(self) -> dict[str, str]:
        """The variables that carry what is not on the command line (spark_conf/spark-env.sh)."""
        return {"LAKE_JAVA_OPTIONS": self.java} if self.java else {}


AS_IT_COMES = "as it comes"
WARM_UP_ROUNDS = "spark.lakehouse.warmUpRounds"
SETTINGS = (
    Setting(AS_IT_COMES, "what users get"),
    Setting("no kept answers", "each statement is answered from the files", {"spark.lakehouse.keptAnswers": "0"}),
    Setting("no warm-up", "none after it listens", {WARM_UP_ROUNDS: "0"}),
    Setting("no turns", "all statements are worked on at once", {"spark.lakehouse.statementsAtOnce": "0"}),
    Setting("two at once", "one statement a core", {"spark.lakehouse.statementsAtOnce": "2"}),
    Setting("eight at once", "as many as there are places for tasks", {"spark.lakehouse.statementsAtOnce": "8"}),
    Setting("runs give way", "more of the CPU to who asks where both share a machine", runs_give_way="on"),
    Setting("runs give no way", "each has half of the CPU where both want all", runs_give_way="off"),
    Setting(
        "sessions isolated",
        "Spark's default: a session's tasks load classes by a loader of its own",
        {"spark.sql.artifact.isolation.enabled": "true"},
    ),
    Setting("always code", "generated code for small tables too", {"spark.lakehouse.smallQueryBytes": "-1"}),
    Setting(
        "not adaptive",
        "large tables too are planned once, not between stages",
        {"spark.lakehouse.largeQuery.spark.sql.adaptive.enabled": "false"},
    ),
    Setting(
        "one task",
        "a stage is one task: less to schedule, one core a query",
        {
            "spark.sql.files.minPartitionNum": "1",
            "spark.sql.leafNodeDefaultParallelism": "1",
            "spark.sql.shuffle.partitions": "1",
            "spark.lakehouse.largeQuery.spark.sql.shuffle.partitions": "1",
        },
    ),
    Setting("C2 sooner", "Java's usual thresholds for its optimizing compiler", java="-XX:+UseParallelGC"),
    Setting("C1 alone", "no optimizing compiler beside the queries", java="-XX:+UseParallelGC -XX:TieredStopAtLevel=1"),
    Setting("G1", "collects beside the queries", java="-XX:+UseG1GC"),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
