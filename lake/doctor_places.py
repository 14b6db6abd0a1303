"""The places of the lake and its landing area: reachable, writable, in time, and of a form that this code knows."""

import json
import os
import tempfile
import time
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime
from pathlib import Path

from bronze.ingest import RACY_NANOSECONDS
from lake.doctor_machine import check_room
from lake.errors import LakeError
from lake.finding import Finding, failure, warning, well
from lake.format import FORMAT, PROPERTY
from lake.lease import check_conditions
from lake.storage import LakePath, S3Path

SECONDS_TO_ANSWER = 10
# S3 refuses a request whose signature is older or younger (RequestTimeTooSkewed).
MOST_SKEW_SECONDS = 15 * 60
# The lease trusts the store's clock alone; a minute is far from any network's delay, and confuses readers of logs.
NOTABLE_SKEW_SECONDS = 60
SET_CLOCK = "set this machine's clock (timedatectl set-ntp true)"


def check_place(name: str, place: LakePath) -> Finding:
    """Whether commands can work in a place."""
    return _bucket(name, place) if isinstance(place, S3Path) else _folder(name, place)


def check_clock_of_store() -> Finding:
    """How far this machine's clock is from the store's, which says its time with every answer, a refusal too."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or f"https://s3.{region}.amazonaws.com"
    try:
        request = urllib.request.Request(endpoint, method="HEAD")  # noqa: S310 - the user's own setting
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:  # noqa: S310
            said = answer.headers["Date"]
    except urllib.error.HTTPError as refusal:
        said = refusal.headers["Date"]
    except (OSError, ValueError) as error:
        return failure("clock", f"cannot ask {endpoint} for its time: {error}. Check AWS_ENDPOINT_URL and the network")
    if not said:
        return warning("clock", f"{endpoint} does not say its time; see that both clocks are right")
    skew = time.time() - parsedate_to_datetime(said).timestamp()
    seen = f"{abs(skew):,.0f} seconds {'ahead of' if skew > 0 else 'behind'} {endpoint}"
    if abs(skew) >= MOST_SKEW_SECONDS:
        return failure("clock", f"{seen}; stores refuse logins from {MOST_SKEW_SECONDS} on: {SET_CLOCK}, or its own")
    if abs(skew) >= NOTABLE_SKEW_SECONDS:
        return warning("clock", f"{seen}: {SET_CLOCK}, or its own")
    return well("clock", f"as {endpoint}'s, within {NOTABLE_SKEW_SECONDS} seconds")


def check_format(lake: LakePath) -> Finding | None:
    """Whether this code knows the form of the lake; None where it has no ledger, or says no form."""
    log = lake / "bronze" / "deliveries" / "_delta_log"
    for commit in sorted((entry for entry in log.glob("*.json") if entry.stem.isdigit()), reverse=True):
        with commit.open(encoding="utf-8") as lines:
            actions = [json.loads(line) for line in lines if line.startswith('{"metaData"')]
        if actions:
            form = actions[-1]["metaData"].get("configuration", {}).get(PROPERTY, "1")
            return _judged(int(form) if form.isdigit() else 1)
    return None


def _judged(form: int) -> Finding:
    if form > FORMAT:
        message = f"{form}, written by newer code; this code knows forms up to {FORMAT}: use the newer code"
        return failure("form", message)
    if form < FORMAT:
        return warning("form", f"{form}; the next run brings it to {FORMAT}, which older code cannot read")
    return well("form", f"{form}, as this code writes it")


def _folder(name: str, path: Path) -> Finding:
    found = check_room(name, path, name)
    if not found.ok:
        return found
    standing = next(each for each in (path, *path.parents) if each.exists())
    try:
        # Landing passes over names that begin so; the lake has no table of such a name.
        with tempfile.NamedTemporaryFile(dir=standing, prefix=".doctor-") as probe:
            before = time.time_ns()
            probe.write(b"x")
            probe.flush()
            skew_ns = os.fstat(probe.fileno()).st_mtime_ns - before
    except OSError as error:
        return failure(name, f"{path}: cannot write in {standing}: {error.strerror}; change that or set {name}")
    # What changes within this time of a load is read again: a file must not look older than it is.
    if abs(skew_ns) > RACY_NANOSECONDS:
        return warning(
            name,
            f"{path}: the clock of its file system is {skew_ns / 1e9:+,.0f} seconds from this machine's, so that a "
            f"changed delivery could look old; {SET_CLOCK} and the file server's",
        )
    return found


def _bucket(name: str, place: S3Path) -> Finding:
    """Whether a place on S3 can be listed and, for the lake, written as commits need it."""
    try:
        next(iter(place.iterdir()), None)
        if name == "LAKE_URI":
            check_conditions(place)
    except LakeError as error:
        return failure(name, str(error))
    kept = ", conditional writes are kept to" if name == "LAKE_URI" else ""
    return well(name, f"{place} at {os.environ.get('AWS_ENDPOINT_URL') or 'AWS'}{kept}")
