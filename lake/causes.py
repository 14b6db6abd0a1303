"""Why something failed, in one line: the cause that Java, Spark or the system names far down, and the way out."""

import re

from lake import jvm

# What an error's text holds, and what a user does about it. The first that fits is taken.
WAYS_OUT = (
    (
        r"OutOfMemoryError|GC overhead limit",
        "Java ran out of memory. Give it more, for example SPARK_DRIVER_MEMORY=8g, and run again",
    ),
    (
        r"LEASE_LOST",
        "another run has taken over the lake, since this one stood still for too long",
    ),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|NoAuthWithAWSException|NoAwsCredentials",
        "the store refuses this login. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    (
        r"NoSuchBucket|UnknownStoreException",
        "there is no such bucket. Make it, or correct LAKE_URI",
    ),
    (
        r"XMinioStorageFull|Status Code: 507",
        "the store's disk is full. Make room there, and run again",
    ),
    (
        r"AWSClientIOException|SdkClientException|AWSServiceIOException|AWSServiceThrottledException|AWSStatus500Exception"
        r"|AWSNoResponseException|org\.apache\.http\.\w*Exception|Unable to execute HTTP request|awssdk\S*Exception",
        "the store does not answer as it should. See that it runs and that AWS_ENDPOINT_URL names it, and run again",
    ),
    (
        r"No space left on device|Disk quota exceeded|There is not enough space",
        "the disk is full. Make room on the disk of LAKE_URI and of the temporary folder, and run again",
    ),
    (
        r"File too large|File size limit exceeded",
        "a file may not become so large here. Raise the limit (ulimit -f) or set LAKE_URI to another disk",
    ),
    (
        r"Read-only file system|Permission denied|Operation not permitted|AccessDenied|AccessControlException"
        r"|Mkdirs failed",
        "the lake cannot be written. Check LAKE_URI and the rights of its folders, and run again",
    ),
)
LOST_JAVA = re.compile(
    r"Answer from Java side is empty|Error while sending or receiving|Connection refused|Py4JNetwork"
)
HEALS = "Every table is whole; the next run heals."
# What dbt says before the cause: which node failed, which its reader knows already.
DBT_HEADING = re.compile(r"^\w+ Error in \w+ \w+( \([^()]*\))?$")
PY4J_PREFIX = re.compile(r"^An error occurred while calling \S+\s*:?\s*")
LONGEST = 500


def explained(error: BaseException | str) -> str:
    """The cause of an error and, where it is known, the way out, in one line."""
    text = error if isinstance(error, str) else _whole_text(error)
    if LOST_JAVA.search(text) or jvm.has_ended():
        fate = jvm.fate()
        if fate == jvm.OUT_OF_MEMORY:
            text = fate
        elif fate is not None:
            return f"Spark's Java process was lost ({fate}). Run again; the log is _logs/spark.log in the lake. {HEALS}"
    for pattern, way_out in WAYS_OUT:
        found = re.search(pattern, text)
        if found:
            return f"{way_out}. {HEALS} ({_line_of(text, found)})"
    return _first_line(text)


def _whole_text(error: BaseException) -> str:
    """An error with all that led to it."""
    texts = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        texts.append(f"{link}" or type(link).__name__)
        link = link.__cause__ or link.__context__
    return "\n".join(texts)


def _line_of(text: str, found: re.Match[str]) -> str:
    start = text.rfind("\n", 0, found.start()) + 1
    line = text[start:].split("\n", 1)[0].strip().removeprefix("Caused by: ").removeprefix(": ")
    return line if len(line) <= LONGEST else found[0]


def _first_line(text: str) -> str:
    """The first line that says something; Spark's errors carry pages behind it."""
    lines = [PY4J_PREFIX.sub("", line.strip()).removeprefix(": ") for line in text.splitlines()]
    said = [line for line in lines if line]
    return next((line for line in said if not DBT_HEADING.match(line)), said[0] if said else "no message")[:LONGEST]
