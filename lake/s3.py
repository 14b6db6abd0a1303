"""The connection to S3, by the standard `AWS_*` variables, and what its errors mean in one line.

Nothing but the S3 API is used, so that the store can be any that keeps to it.
"""

import os
from functools import cache
from typing import Any

from lake.errors import LakeError

# What a store says, and what a user does about it, by the code of its answer.
WAYS_OUT = {
    "NoSuchBucket": "there is no such bucket. Make it, or correct LAKE_URI and LANDING_URI",
    "InvalidAccessKeyId": "the store does not know this login. Check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "the store refuses this login. Check AWS_SECRET_ACCESS_KEY",
    "RequestTimeTooSkewed": "this machine's clock is not the store's. Set it (timedatectl set-ntp true), and run again",
    "AccessDenied": "this login may not do that. Check AWS_ACCESS_KEY_ID and the rights of its owner",
    "403": "this login may not do that. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights of their owner",
    "XMinioStorageFull": "the store's disk is full. Make room there, and run again",
    "507": "the store's disk is full. Make room there, and run again",
}
NOT_FOUND = {"NoSuchKey", "404", "NotFound"}
REFUSED_CONDITION = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
READ_ATTEMPTS = 4
AWAY = "Try again when the store is back; the lake is whole."


class ConditionError(Exception):
    """The store refused a write because the object there is not the expected one."""


class GoneError(Exception):
    """There is no such object."""


@cache
def client() -> Any:  # noqa: ANN401 - boto3 makes its classes as it runs
    """The client of this process, for all its threads."""
    import boto3
    from botocore.config import Config

    endpoint = os.environ.get("AWS_ENDPOINT_URL") or None
    config = Config(
        # A bucket as a part of the host name needs a store that has a name of its own.
        s3={"addressing_style": "path" if endpoint else "auto"},
        retries={"mode": "standard", "total_max_attempts": 5},
        connect_timeout=5,
        read_timeout=20,  # a lease must be renewed within 60 s, a repetition included
        tcp_keepalive=True,
    )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return boto3.client("s3", endpoint_url=endpoint, region_name=region, config=config)


def call(operation: str, **arguments: object) -> dict[str, Any]:
    """The answer to one request, such as `call("get_object", Bucket=..., Key=...)`.

    Raises:
        GoneError: there is no such object.
        ConditionError: a condition of the request does not hold.
        LakeError: the store cannot be reached or refuses; the message says what to do.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer: dict[str, Any] = getattr(client(), operation)(**arguments)
    except ClientError as error:
        code = code_of(error)
        if code in NOT_FOUND:
            raise GoneError(str(arguments.get("Key"))) from error
        if code in REFUSED_CONDITION:
            raise ConditionError(str(arguments.get("Key"))) from error
        raise explained(error, str(arguments.get("Bucket"))) from error
    except (BotoCoreError, OSError, ValueError) as error:  # ValueError: the endpoint is no URL
        raise explained(error, str(arguments.get("Bucket"))) from error
    return answer


def read(bucket: str, key: str, **conditions: object) -> tuple[bytes, dict[str, Any]]:
    """A small object and the answer that brought it; an answer that breaks off is asked for again.

    Raises:
        GoneError, ConditionError, LakeError: as for `call`.
    """
    from botocore.exceptions import BotoCoreError

    for attempt in range(1, READ_ATTEMPTS + 1):
        answer = call("get_object", Bucket=bucket, Key=key, **conditions)
        try:
            return answer["Body"].read(), answer
        except (BotoCoreError, OSError) as error:
            if attempt == READ_ATTEMPTS:
                raise explained(error, bucket) from error
    raise AssertionError


def code_of(error: BaseException | None) -> str:
    """The code of the store's answer, empty where it did not answer."""
    answer = getattr(error, "response", None)
    return str(answer.get("Error", {}).get("Code", "")) if isinstance(answer, dict) else ""


def explained(error: Exception, bucket: str) -> LakeError:
    """An error of boto3 as one that says what to do."""
    store = f"bucket {bucket} at {os.environ.get('AWS_ENDPOINT_URL') or 'AWS'}"
    answer = getattr(error, "response", None)
    if not isinstance(answer, dict):
        if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
            return LakeError(f"no login for {store}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        cause = " ".join(str(error).split())
        return LakeError(f"cannot reach {store}: {cause} Check AWS_ENDPOINT_URL. {AWAY}")
    code = code_of(error)
    status = str(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    known = WAYS_OUT.get(code) or WAYS_OUT.get(status)
    if known:
        return LakeError(f"{store}: {known} ({code}).")
    return LakeError(f"{store} answered {status} {code}. {AWAY}")
