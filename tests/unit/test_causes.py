"""Causes and ways out, read from errors as Spark, Java and the system word them."""

import errno
import os

import pytest

from lake.causes import HEALS, explained

JAVA_PAGE = """An error occurred while calling o57.sql.
: org.apache.spark.SparkException: [TASK_WRITE_FAILED] Task failed while writing rows to file:/lake/gold/t.
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.taskFailedWhileWritingRowsError(QueryExecutionErrors.scala:774)
Caused by: java.io.IOException: No space left on device
\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)
"""


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (JAVA_PAGE, "the disk is full"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "the disk is full"),
        (OSError(errno.EFBIG, os.strerror(errno.EFBIG)), "a file may not become so large"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "/lake"), "the lake cannot be written"),
        ("java.lang.OutOfMemoryError: Java heap space", "Java ran out of memory"),
        (
            "x\njava.io.IOException: LEASE_LOST: another run has taken over the lake",
            "another run has taken over the lake",
        ),
        (
            "S3Exception: no such key id (Service: S3, Status Code: 403, InvalidAccessKeyId)",
            "the store refuses this login",
        ),
        ("UnknownStoreException: `s3a://lake/': Bucket does not exist", "there is no such bucket"),
        ("AWSClientIOException: SdkClientException: Unable to execute HTTP request", "the store does not answer"),
        (
            "SparkException: [FAILED_READ_FILE.NO_HINT] Encountered error\n\tat x\n"
            "Caused by: org.apache.http.ConnectionClosedException: Premature end of Content-Length delimited message body",
            "the store does not answer",
        ),
    ],
)
def test_a_known_cause_comes_with_a_way_out_in_one_line(error: str | BaseException, cause: str) -> None:
    line = explained(error)
    assert line.startswith(cause)
    assert HEALS in line
    assert "\n" not in line


def test_an_unknown_cause_is_named_without_the_page_behind_it() -> None:
    assert explained("An error occurred while calling o1.x.\n: java.lang.Odd: so it is\n\tat somewhere") == (
        "java.lang.Odd: so it is"
    )
    assert explained(ValueError()) == "ValueError"
    heading = "Runtime Error in model emissions (../silver/cleaned/emissions.sql)"
    assert explained(f"{heading}\n  so it is\n  at somewhere") == "so it is"
    assert explained(heading) == heading


def test_the_cause_is_found_behind_what_it_led_to() -> None:
    error = RuntimeError("a model failed")
    error.__cause__ = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert explained(error).startswith("the disk is full")
