"""What becomes known of a failed task: its one-line cause as the last line of its log, and a call to a webhook."""

import json
import logging
import os
import urllib.error
import urllib.request
from typing import Any

log = logging.getLogger(__name__)
SECONDS_TO_ANSWER = 10


def notify(context: dict[str, Any]) -> None:
    """Log why a task failed, and POST it as JSON to `LAKE_FAILURE_WEBHOOK` where that is set; fails nothing itself."""
    task = context["ti"]
    notice = {
        "dag_id": task.dag_id,
        "run_id": task.run_id,
        "task_id": task.task_id,
        "try_number": task.try_number,
        "cause": one_line(context.get("exception")),
    }
    webhook = os.environ.get("LAKE_FAILURE_WEBHOOK", "")
    if webhook:
        _post(webhook, notice)
    log.error("%s failed: %s", notice["task_id"], notice["cause"])


def one_line(error: object) -> str:
    """An error as one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _post(webhook: str, notice: dict[str, object]) -> None:
    if not webhook.startswith(("http://", "https://")):
        log.warning("LAKE_FAILURE_WEBHOOK is no http address, so nobody was told")
        return
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(webhook, json.dumps(notice).encode(), headers)  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER):  # noqa: S310 - checked above
            pass
    except (urllib.error.URLError, OSError) as error:
        # The address may hold a token, so it is not said.
        log.warning("the webhook was not reached: %s", one_line(getattr(error, "reason", error)))
