"""Answers that the BI endpoint keeps: the same rows, and never of what changes by itself.

That a publication ends what was kept tests/bi/test_running.py shows, by asking the same until one has come.
"""

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.classic.dataframe import DataFrame

from lake import published
from tests.conftest import TestLake

DAYS = "published.daily_emissions"
BY_DAY = (
    f"select activity_date, sum(total_gco2e) as total_gco2e from {DAYS} group by activity_date order by activity_date"
)


@pytest.fixture(scope="module", autouse=True)
def shown(bi_lake: TestLake) -> None:
    """The session of the tests sees what was published, as the server's does."""
    published.show(bi_lake.spark, bi_lake.settings.lake_path)


def is_kept(spark: SparkSession, query: str) -> bool:
    """Whether an answer is given in place of reading, once a question has been asked often enough; it must be the answer."""
    rule = spark._jvm.lakehouse.Answers(spark._jsparkSession)
    for _ in range(3):
        asked = spark.sql(query)
        given = rule.apply(asked._jdf.queryExecution().analyzed())
    if given.getClass().getSimpleName() != "LocalRelation":
        return False
    answer = DataFrame(spark._jvm.org.apache.spark.sql.classic.Dataset.ofRows(spark._jsparkSession, given), spark)
    assert answer.schema == asked.schema
    assert answer.collect() == asked.collect()
    return True


@pytest.mark.parametrize(
    "query",
    [
        BY_DAY,
        f"with days as ({BY_DAY}) select max(total_gco2e) as most from days",
        f"select count(*) as rows from {DAYS} where total_gco2e > (select avg(total_gco2e) from {DAYS})",
        "select measure(record_count) as record_count from published.emissions_metrics",
        "select * from published.top_10_domains order by rank",
        f"select domain from {DAYS} where domain = 'nowhere.example'",
    ],
)
def test_what_is_asked_again_is_kept(bi_lake: TestLake, query: str) -> None:
    assert is_kept(bi_lake.spark, query)
    tracker = bi_lake.spark.sparkContext.statusTracker()
    jobs = set(tracker.getJobIdsForGroup(None))
    rule = bi_lake.spark._jvm.lakehouse.Answers(bi_lake.spark._jsparkSession)
    rule.apply(bi_lake.spark.sql(query)._jdf.queryExecution().analyzed())
    assert set(tracker.getJobIdsForGroup(None)) == jobs, "nothing is read for it"


@pytest.mark.parametrize(
    "query",
    [
        f"select count(*), current_timestamp() from {DAYS}",
        f"select count(*) from {DAYS} where activity_date < current_date()",
        f"select count(*) from {DAYS} where activity_date < (select current_date())",
        f"select count(*), max(current_user()) from {DAYS}",
        f"select domain, rand(7) as chance from {DAYS} limit 5",
        f"select count(*) from {DAYS} where (select rand(7) from {DAYS} limit 1) >= 0",
        "select sum(total_gco2e) from gold.daily_emissions",
        f"select count(*) from {DAYS} where record_count < (select max(record_count) from gold.daily_emissions)",
        f"select a.domain from {DAYS} as a cross join {DAYS} as b limit 2000",
        "select 1",
    ],
)
def test_what_may_change_or_is_long_is_not_kept(bi_lake: TestLake, query: str) -> None:
    assert not is_kept(bi_lake.spark, query)


def test_other_questions_have_other_answers(bi_lake: TestLake) -> None:
    """Whatever may differ of two questions; names of columns alone are the asker's own."""
    spark = bi_lake.spark
    questions = [
        f"select count(*) as rows from {DAYS} where activity_date = date'2025-07-01'",
        f"select count(*) as number from {DAYS} where activity_date = date'2025-07-01'",
        f"select count(*) as rows from {DAYS} where activity_date = date'2025-07-09'",
        f"select count(*) as rows from {DAYS} where activity_date >= date'2025-07-01'",
        f"select count(domain) as rows from {DAYS} where domain = 'site1.example'",
        f"select sum(record_count) as rows from {DAYS} where domain = 'site1.example'",
        "select sum(record_count) as rows from published.daily_by_country_device",
    ]
    assert all(is_kept(spark, question) for question in questions + questions[::-1])


def test_a_question_that_fails_is_asked_anew(bi_lake: TestLake) -> None:
    rule = bi_lake.spark._jvm.lakehouse.Answers(bi_lake.spark._jsparkSession)
    failing = f"select sum(1 / (record_count - record_count)) from {DAYS}"
    said = []
    for _ in range(3):
        plan = bi_lake.spark.sql(failing)._jdf.queryExecution().analyzed()
        try:
            rule.apply(plan)
        except Exception as error:
            said.append(str(error))
    assert len(said) == 2, "the first time it is Spark that is asked"
    assert all("DIVIDE_BY_ZERO" in each for each in said)
