"""scripts/thrift-server: the schema `published` for BI, read-only, by HiveServer2's protocol; all of it for the owner.

This process starts Spark's Thrift Server behind the guard (spark_conf/java/lakehouse/BiServer.java), tells it what is
published, and starts another where it dies.
"""

import ipaddress
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from lake import bi_users, metastore, published
from lake.bi_process import TUNABLE, BiProcess, what_to_show
from lake.errors import LakeError, UsageError
from lake.ports import OWNER_PORT, THRIFT_PORT, why_taken
from lake.priority import serving
from lake.session import require_jars
from lake.settings import Settings
from lake.storage import S3Path

# Tables that are known already switch by themselves; this is for a table that was not published before.
SECONDS_BETWEEN_LOOKS = 5
SECONDS_TO_START = 240
# A query of the server's own every five seconds says that it answers.
SECONDS_WITHOUT_ANSWER = 90
MOST_RESTARTS, WITHIN_SECONDS = 5, 600

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class StoppedError(BaseException):
    """The server was told to stop, which is its usual end (exit 0; a command that is stopped has failed, exit 1)."""


@dataclass(frozen=True)
class Endpoint:
    """How the server listens, whom it lets in, and how much it gives."""

    host: str
    port: int
    users: Path | None
    keystore: Path | None
    keystore_password: str
    authentication: str
    hive: dict[str, str]
    tuning: dict[str, str]
    row_limit: int
    time_limit: int
    metastore: dict[str, str] | None
    is_owners: bool

    def told(self) -> dict[str, Any]:
        """As Java is told, on stdin: no password stands on a command line or in the environment of others."""
        return {
            "host": self.host,
            "port": self.port,
            "users": str(self.users) if self.users else None,
            "keystore": str(self.keystore) if self.keystore else None,
            "keystore_password": self.keystore_password,
            "authentication": self.authentication,
            "hive": self.hive,
            "metastore": self.metastore,
            "owner": self.is_owners,
            "row_limit": self.row_limit,
            "time_limit": self.time_limit,
        }


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; other than this machine's own needs TLS.")] = (
        "127.0.0.1"
    ),
    port: Annotated[
        int | None,
        typer.Option(help="The port to listen on (10000; the owner's 10001).", min=1, max=65535, show_default=False),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let in everybody on this machine, under any name; on 127.0.0.1 only.")
    ] = False,
    owner: Annotated[
        bool,
        typer.Option(
            "--owner", help="All of the lake, without the guard and its limits, for its owner; on 127.0.0.1 only."
        ),
    ] = False,
    row_limit: Annotated[int, typer.Option(help="The most rows of one result.", min=1, max=10_000_000)] = 100_000,
    time_limit: Annotated[int, typer.Option(help="The most seconds of one query.", min=1, max=86_400)] = 120,
    hive: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A setting hive.server2.authentication...")
    ] = None,
    spark: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A setting of Spark's, of those that tune answers.")
    ] = None,
) -> None:
    """Serve the schema `published` to BI clients, or with --owner all of the lake to dbt, until Ctrl-C or SIGTERM.

    Users: lake bi-user. TLS: LAKE_BI_KEYSTORE and LAKE_BI_KEYSTORE_PASSWORD.
    """
    settings = Settings()
    if owner and (insecure or not _is_loopback(host)):
        msg = "--owner lets change all of the lake, so it goes with a login and --host 127.0.0.1 alone"
        raise UsageError(msg)
    port = port or (OWNER_PORT if owner else THRIFT_PORT)
    endpoint = Endpoint(
        host=host,
        port=port,
        row_limit=row_limit,
        time_limit=time_limit,
        metastore=metastore.login(settings, may_write=False) if settings.metastore_url and not owner else None,
        is_owners=owner,
        tuning=_tuning(spark or []),
        **_access(settings, host, _hive_settings(hive or []), insecure=insecure, owner=owner),
    )
    _check_store(settings)
    _check_port(host, port)
    log = settings.log_folder / ("owner-server.log" if owner else "thrift-server.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    _stop_on_signals()
    try:
        # Its owner's endpoint does the lake's work itself.
        with nullcontext() if owner else serving(log.parent):
            _supervise(settings, endpoint, log)
    except StoppedError:
        _say("stopped")


def _supervise(settings: Settings, endpoint: Endpoint, log: Path) -> NoReturn:
    """Keep a server running; ends by an error where it cannot start, or dies again and again."""
    deaths: deque[float] = deque(maxlen=MOST_RESTARTS)
    while True:
        process = BiProcess(settings, endpoint.time_limit, endpoint.tuning, log, is_owners=endpoint.is_owners)
        try:
            has_served, why = _attend(process, settings, endpoint)
        finally:
            process.end()
        why = why or process.fate()
        if not has_served and not deaths:
            msg = f"the server did not start: {why}. Its log is {log}."
            raise LakeError(msg)
        if len(deaths) == MOST_RESTARTS and time.monotonic() - deaths[0] < WITHIN_SECONDS:
            times = f"{MOST_RESTARTS + 1} times within {WITHIN_SECONDS} s"
            msg = f"the server died {times}, the last time: {why}. Its log is {log}."
            raise LakeError(msg)
        deaths.append(time.monotonic())
        _say(f"the server is gone: {why}; starting another (open connections are lost)")
        time.sleep(1)


def _attend(process: BiProcess, settings: Settings, endpoint: Endpoint) -> tuple[bool, str]:
    """Tell a server what to show as long as it lives.

    Gives whether it ever listened, and why it had to go, "" where its fate tells.
    """
    shown = _number(settings)
    process.tell(endpoint.told())
    process.tell(what_to_show(settings, to_owner=endpoint.is_owners))
    started = heard = looked = time.monotonic()
    has_served, failure = False, ""
    while True:
        line = process.next_line(0.5)
        now = time.monotonic()
        match line.split(" ", 1) if line is not None else []:
            case ["listening"]:
                has_served, heard = True, now
                _say(_greeting(settings, endpoint, process, now - started))
            case ["warm"]:
                heard = now
                _say(f"warmed up after {now - started:.0f} s")
            case ["failed", why] if has_served:
                _say(f"what is published could not be shown: {why}")
            case ["failed", why]:
                failure = why
            case [""]:
                return has_served, failure
            case [_]:
                heard = now
        if not has_served and now - started > SECONDS_TO_START:
            process.kill()
            return False, f"it was not ready within {SECONDS_TO_START} s"
        if has_served and now - heard > SECONDS_WITHOUT_ANSWER:
            process.kill()
            return True, f"it did not answer for {SECONDS_WITHOUT_ANSWER} s"
        if has_served and now - looked > SECONDS_BETWEEN_LOOKS:
            looked, shown = now, _show_news(process, settings, endpoint, shown)


def _show_news(process: BiProcess, settings: Settings, endpoint: Endpoint, shown: int) -> int:
    """Have what was published since shown; the number of what is."""
    try:
        number = _number(settings)
        if number != shown:
            process.tell(what_to_show(settings, to_owner=endpoint.is_owners))
    except (LakeError, OSError) as error:
        # The store may be away for a while; what is known is still shown.
        _say(f"cannot look for what is published: {error}")
        return shown
    return number


def _number(settings: Settings) -> int:
    return published.number_of(published.current(settings.lake_path))


def _greeting(settings: Settings, endpoint: Endpoint, process: BiProcess, seconds: float) -> str:
    now = published.current(settings.lake_path)
    run = f"run {now.run_id} is published" if now is not None else "nothing is published yet"
    how = "with TLS" if endpoint.keystore else "without TLS"
    who = f"{endpoint.authentication} login" if endpoint.authentication != "NONE" else "everybody on this machine"
    return (
        f"listening on {endpoint.host}:{endpoint.port} {how}, {who}; {run} "
        f"(process {process.process_id}, ready after {seconds:.0f} s)"
    )


def _access(settings: Settings, host: str, hive: dict[str, str], *, insecure: bool, owner: bool) -> dict[str, Any]:
    """The fields of an endpoint that say whom it lets in; refuses what would let in strangers or show passwords."""
    is_local = _is_loopback(host)
    keystore = Path(settings.lake_bi_keystore).expanduser().absolute() if settings.lake_bi_keystore else None
    if keystore is not None and not os.access(keystore, os.R_OK):
        msg = f"LAKE_BI_KEYSTORE={keystore}: there is no such file that can be read"
        raise UsageError(msg)
    if insecure and not is_local:
        msg = "--insecure lets in everybody, so it goes with --host 127.0.0.1 alone"
        raise UsageError(msg)
    if keystore is None and not is_local:
        msg = f"--host {host} needs TLS, or passwords could be read on the way: set LAKE_BI_KEYSTORE (docs/bi.md)"
        raise UsageError(msg)
    method = hive.get("hive.server2.authentication", "NONE" if insecure else "CUSTOM").upper()
    if method not in ("CUSTOM", "LDAP") and not insecure:
        msg = f"hive.server2.authentication={method}: LDAP, or leave it out for the users of lake bi-user"
        raise UsageError(msg)
    users = (settings.owner_users if owner else settings.bi_users) if method == "CUSTOM" else None
    if users is not None and not bi_users.names(users):
        way_out = (
            "lake bi-user add --owner NAME makes one."
            if owner
            else "lake bi-user add NAME makes one, --insecure lets in all."
        )
        msg = f"nobody could log in: {users} has no users. {way_out}"
        raise UsageError(msg)
    return {
        "keystore": keystore,
        "keystore_password": settings.lake_bi_keystore_password,
        "authentication": method,
        "users": users,
        "hive": hive,
    }


def _hive_settings(given: list[str]) -> dict[str, str]:
    def is_authentication(name: str) -> bool:
        return name.startswith("hive.server2.authentication")

    return _named("--hive", given, is_authentication, "hive.server2.authentication...=VALUE")


def _tuning(given: list[str]) -> dict[str, str]:
    return _named("--spark", given, TUNABLE.__contains__, f"NAME=VALUE, where NAME is one of {', '.join(TUNABLE)}")


def _named(option: str, given: list[str], is_allowed: Callable[[str], bool], form: str) -> dict[str, str]:
    """The values of `NAME=VALUE`s by their names; UsageError for one of another form."""
    settings = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not is_allowed(name):
            msg = f"{option} {each}: give {form}"
            raise UsageError(msg)
        settings[name] = value
    return settings


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_store(settings: Settings) -> None:
    lake = settings.lake_path
    require_jars(settings)
    if not isinstance(lake, S3Path) and not lake.is_dir():
        msg = f"there is no lake at {lake}: lake run makes one, LAKE_URI names another"
        raise LakeError(msg)


def _check_port(host: str, port: int) -> None:
    taken = why_taken(host, port)
    if taken is not None:
        msg = f"cannot listen on {host}:{port}: {taken}. --port takes another port."
        raise LakeError(msg)


def _stop_on_signals() -> None:
    def stop(_: int, __: FrameType | None) -> NoReturn:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        raise StoppedError

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) != signal.SIG_IGN or name == signal.SIGTERM:
            signal.signal(name, stop)


def _say(line: str) -> None:
    sys.stderr.write(f"thrift-server: {line}\n")
    sys.stderr.flush()


def main() -> None:
    """Run the server; an error is one line and an exit code."""
    try:
        app()
    except (LakeError, OSError) as error:
        _say(str(error))
        raise SystemExit(getattr(error, "exit_code", 1)) from None


if __name__ == "__main__":
    main()
