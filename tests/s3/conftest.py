"""One MinIO for all tests of S3, with its own folder and port; a pair of buckets and a login for each lake."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lake import s3
from lake.errors import LakeError
from lake.minio_server import Login, Server, end, free_port, launch_set_up, program
from lake.settings import REPOSITORY
from tests.s3.process import Child
from tests.s3.proxy import Proxy


@dataclass(frozen=True)
class Store:
    """A MinIO with buckets `lake` and `landing`, and the logins of the pipeline and of a reader."""

    server: Server
    pipeline: Login
    reader: Login

    def environment(self, prefix: str, url: str = "") -> dict[str, str]:
        """The variables of a lake of its own, at the store itself or behind a proxy."""
        places = {"LAKE_URI": f"s3a://lake/{prefix}", "LANDING_URI": f"s3://landing/{prefix}"}
        return {**places, **self.pipeline.environment(url or self.server.url)}


@contextmanager
def running_store(folder: Path) -> Iterator[Store]:
    """A MinIO with its files in a folder; the tests that want it are skipped where it cannot be had."""
    if not (shutil.which("minio") or shutil.which("go")):
        pytest.skip("needs MinIO: there is no minio on the PATH, and no Go to build it")
    try:
        program()
    except LakeError as error:
        pytest.skip(f"needs MinIO: {error}")
    subprocess.run([REPOSITORY / "scripts" / "setup", "s3"], check=True)
    store = Store(*launch_set_up(folder / "data", free_port(), folder / "minio.log"))
    try:
        yield store
    finally:
        end(store.server.process_id)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A running MinIO."""
    with running_store(tmp_path_factory.mktemp("minio")) as made:
        yield made


@pytest.fixture(scope="session")
def proxy(store: Store) -> Iterator[Proxy]:
    """A proxy in front of the store, harmless until a test says otherwise."""
    with Proxy("127.0.0.1", int(store.server.url.rpartition(":")[2])) as made:
        yield made


@pytest.fixture(scope="session")
def pair(store: Store, proxy: Proxy) -> Iterator[tuple[Child, Child]]:
    """Two processes on one lake: one at the store itself, one behind the proxy."""
    hurried = {"LAKE_LEASE_SECONDS": "3"}
    children = (
        Child({**store.environment("shared"), **hurried}),
        Child({**store.environment("shared", proxy.url), **hurried}),
    )
    yield children
    proxy.let_go.set()
    proxy.harmless()
    for child in children:
        child.close()


@pytest.fixture
def on_s3(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """This process as the pipeline, with a lake and a landing area of its own; gives the variables."""
    variables = store.environment(f"{tmp_path.name}-{secrets.token_hex(4)}")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    s3.client.cache_clear()
    yield {**os.environ, **variables}
    s3.client.cache_clear()
