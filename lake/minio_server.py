"""scripts/minio: a MinIO on 127.0.0.1 with the lake's buckets and two logins, to try and test S3 without a cloud.

MinIO is one store among others: the lake itself knows nothing of it. Its own images and downloads are gone, so its
program is built from its Go module, once, into the user's cache.
"""

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from lake.errors import LakeError, UsageError
from lake.settings import REPOSITORY

MODULE = "github.com/minio/minio"
VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
FOLDER = REPOSITORY / ".build" / "minio"
BUCKETS = ("lake", "landing")
REGION = "us-east-1"
SECONDS_TO_START = 60
SECONDS_TO_STOP = 20
OBJECTS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
LISTS = ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Login:
    """A user of the store."""

    user: str
    password: str

    def environment(self, url: str) -> dict[str, str]:
        """The variables by which a process uses this login."""
        return {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": self.user,
            "AWS_SECRET_ACCESS_KEY": self.password,
            "AWS_REGION": REGION,
        }

    def client(self, url: str) -> Any:  # noqa: ANN401 - boto3's clients have no types
        """A client of boto3's with this login, whatever the environment says."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=self.user,
            aws_secret_access_key=self.password,
        )


@dataclass(frozen=True)
class Server:
    """A running MinIO; its root login is for setting up alone."""

    url: str
    process_id: int
    root: Login


def cached_program() -> Path:
    """Where the program that is built here is, or will be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "emissions-lakehouse")
    return cache / f"minio-{VERSION}" / "minio"


def program() -> Path:
    """The program: `minio` on the PATH, else one built into the cache, which takes some minutes the first time.

    Raises:
        LakeError: there is neither a program nor Go to build it, or it does not build.
    """
    on_path = shutil.which("minio")
    if on_path is not None:
        return Path(on_path)
    built = cached_program()
    cache = built.parent
    if built.exists():
        return built
    go = shutil.which("go")
    if go is None:
        msg = "MinIO is missing, and so is Go to build it. Install Go 1.24 or newer, or put a minio on the PATH."
        raise LakeError(msg)
    cache.mkdir(parents=True, exist_ok=True)
    # Who asks meanwhile waits for what the first one builds.
    with (cache / "lock").open("w") as lock, tempfile.TemporaryDirectory(dir=cache) as part:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if built.exists():
            return built
        typer.echo(f"minio: building MinIO into {cache} (about three minutes, once)", err=True)
        command = [go, "install", "-trimpath", "-ldflags", "-s -w", f"{MODULE}@{VERSION}"]
        done = subprocess.run(command, env={**os.environ, "GOBIN": part}, capture_output=True, text=True, check=False)
        if done.returncode:
            msg = f"MinIO does not build: {(done.stderr.strip().splitlines() or ['go says nothing'])[-1]}"
            raise LakeError(msg)
        Path(part, "minio").replace(built)
    return built


def launch(data: Path, port: int, log: Path) -> Server:
    """Start a MinIO that keeps its data in a folder, and wait until it answers.

    Raises:
        LakeError: it ends at once or does not answer; the message names its log.
    """
    root = Login(f"root-{secrets.token_hex(6)}", secrets.token_urlsafe(24))
    address = f"127.0.0.1:{port}"
    environment = {
        **os.environ,
        "MINIO_ROOT_USER": root.user,
        "MINIO_ROOT_PASSWORD": root.password,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    data.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [program(), "server", "--quiet", "--address", address, str(data)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    started = time.monotonic()
    while not _answers(f"http://{address}/minio/health/ready"):
        if process.poll() is not None or time.monotonic() - started > SECONDS_TO_START:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()
            msg = f"MinIO did not start on {address}. Its log is {log}; --port takes another port."
            raise LakeError(msg)
        time.sleep(0.1)
    return Server(f"http://{address}", process.pid, root)


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def set_up(server: Server, pipeline: Login, reader: Login, lake: str = BUCKETS[0], landing: str = BUCKETS[1]) -> None:
    """Make the buckets, and the logins with just the rights that they need; may be repeated.

    The pipeline reads and writes the two buckets. The reader reads what lies under `published/` and `gold/` in the
    lake's.
    """
    from botocore.exceptions import ClientError
    from minio import MinioAdmin
    from minio.credentials.providers import StaticProvider

    store = server.root.client(server.url)
    for bucket in (lake, landing):
        try:
            store.create_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
                raise
    # A reader may come before the first run: it cannot make the folder that it looks into.
    store.put_object(Bucket=lake, Key="published/")
    buckets = [f"arn:aws:s3:::{bucket}" for bucket in (lake, landing)]
    # What is published is gold at the versions that the files under published/ name.
    shown = ("published", "gold")
    listed = {"StringLike": {"s3:prefix": [prefix for folder in shown for prefix in (folder, f"{folder}/*")]}}
    policies = {
        pipeline: [_allowed(LISTS, buckets), _allowed(OBJECTS, [f"{bucket}/*" for bucket in buckets])],
        reader: [
            _allowed(["s3:GetObject"], [f"{buckets[0]}/{folder}/*" for folder in shown]),
            {**_allowed(["s3:ListBucket"], buckets[:1]), "Condition": listed},
        ],
    }
    provider = StaticProvider(server.root.user, server.root.password)
    admin = MinioAdmin(endpoint=server.url.removeprefix("http://"), credentials=provider, secure=False)
    for login, statements in policies.items():
        policy = f"{lake}-{login.user}"
        admin.policy_add(policy, policy={"Version": "2012-10-17", "Statement": statements})
        admin.user_add(login.user, login.password)
        admin.policy_set(policy, user=login.user)


def launch_set_up(data: Path, port: int, log: Path) -> tuple[Server, Login, Login]:
    """A running MinIO as `launch` gives it, with the buckets, and the new logins of the pipeline and of a reader.

    Raises:
        LakeError: it ends at once or does not answer; the message names its log.
    """
    server = launch(data, port, log)
    pipeline, reader = (Login(user, secrets.token_urlsafe(24)) for user in ("pipeline", "reader"))
    try:
        set_up(server, pipeline, reader)
    except BaseException:
        end(server.process_id)
        raise
    return server, pipeline, reader


def end(process_id: int) -> None:
    """Stop a MinIO by its process id, and wait for it."""
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGTERM)
    for _ in range(SECONDS_TO_STOP * 10):
        with suppress(ChildProcessError):
            os.waitpid(process_id, os.WNOHANG)
        if not Path(f"/proc/{process_id}").exists():
            return
        time.sleep(0.1)
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)


@app.command()
def start(port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = 9000) -> None:
    """Start MinIO, set it up, write the logins' variables to files and say how to use them."""
    if _running() is not None:
        msg = f"a MinIO of this checkout runs already (process {_running()}). scripts/minio stop ends it."
        raise UsageError(msg)
    FOLDER.mkdir(parents=True, exist_ok=True)
    server, *logins = launch_set_up(FOLDER / "data", port, FOLDER / "minio.log")
    (FOLDER / "pid").write_text(str(server.process_id), encoding="utf-8")
    places = {"LAKE_URI": f"s3a://{BUCKETS[0]}", "LANDING_URI": f"s3://{BUCKETS[1]}"}
    for login in logins:
        _write_private(FOLDER / f"{login.user}.env", {**places, **login.environment(server.url)})
    typer.echo(f"MinIO answers on {server.url}; its data is in {FOLDER.relative_to(REPOSITORY)}/data")
    typer.echo("the pipeline's login, for this shell:  source .build/minio/pipeline.env")
    typer.echo("a reader's (published/, gold/):         source .build/minio/reader.env")


@app.command()
def stop() -> None:
    """Stop the MinIO of this checkout; its data stays."""
    running = _running()
    if running is None:
        typer.echo("no MinIO of this checkout runs")
        return
    end(running)
    (FOLDER / "pid").unlink()
    typer.echo("stopped")


@app.callback(invoke_without_command=True)
def usual(context: typer.Context) -> None:
    """A MinIO of one's own, with buckets and logins for the lake."""
    if context.invoked_subcommand is None:
        start()


def _allowed(actions: list[str], resources: list[str]) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own server
            return True
    except (urllib.error.URLError, OSError):
        return False


def _running() -> int | None:
    """The process id of this checkout's MinIO, where it lives."""
    try:
        process_id = int((FOLDER / "pid").read_text(encoding="utf-8"))
        words = Path(f"/proc/{process_id}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return process_id if str(FOLDER / "data").encode() in words else None


def _write_private(file: Path, variables: dict[str, str]) -> None:
    file.unlink(missing_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:  # noqa: PTH123
        out.writelines(f"export {name}={json.dumps(value)}\n" for name, value in variables.items())


def main() -> None:
    """Run the command line; an error is one line and an exit code."""
    try:
        app()
    except LakeError as error:
        typer.echo(f"minio: {error}", err=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
