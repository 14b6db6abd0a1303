"""A MinIO of the bench's own for `--s3`, whose folders are the lakes: copied and removed while it stands still."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measuring import REPOSITORY, FailedError
from lake.errors import LakeError
from lake.minio_server import BUCKETS, end, free_port, launch, launch_set_up


class Store:
    """A running MinIO.

    Attributes:
        lake: the folder of the bucket of lakes.
        landing: the folder of the bucket of landing areas.
    """

    def __init__(self, folder: Path) -> None:
        self._data, self._log, self._port = folder / "data", folder / "minio.log", free_port()
        self._server, self._login, _ = launch_set_up(self._data, self._port, self._log)
        self._client = self._login.client(self._server.url)
        self.lake, self.landing = (self._data / bucket for bucket in BUCKETS)

    def environment(self) -> dict[str, str]:
        """The variables of the pipeline's login."""
        return self._login.environment(self._server.url)

    def place(self, folder: Path) -> str:
        """The bucket and prefix of a folder, as addresses have them behind `s3://`."""
        return str(folder.relative_to(self._data))

    def upload(self, file: Path, target: Path) -> None:
        """Put a file where it will lie in the folder of a bucket."""
        bucket, key = self._address(target)
        self._client.upload_file(str(file), bucket, key)

    def remove(self, folder: Path) -> None:
        """Delete all objects below a folder of a bucket."""
        bucket, prefix = self._address(folder)
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
        for page in pages:
            keys = [{"Key": each["Key"]} for each in page.get("Contents", [])]
            self._client.delete_objects(Bucket=bucket, Delete={"Objects": keys})

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """While it holds, nobody serves the folders, so that they may be changed."""
        self.stop()
        try:
            yield
        finally:
            self._server = launch(self._data, self._port, self._log)

    def stop(self) -> None:
        """End it."""
        end(self._server.process_id)

    def _address(self, place: Path) -> tuple[str, str]:
        bucket, *key = place.relative_to(self._data).parts
        return bucket, "/".join(key)


@contextmanager
def running_store(folder: Path) -> Iterator[Store]:
    """A MinIO while the block runs; its folder is removed before and after.

    Raises:
        FailedError: there is none, and it cannot be built or started; or the jars for S3 cannot be had.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    jars = subprocess.run([REPOSITORY / "scripts" / "setup", "s3"], capture_output=True, text=True, check=False)
    if jars.returncode:
        msg = f"the jars for S3 cannot be had: {jars.stderr.strip()}"
        raise FailedError(msg)
    try:
        store = Store(folder)
    except LakeError as error:
        raise FailedError(str(error)) from error
    try:
        yield store
    finally:
        store.stop()
        shutil.rmtree(folder, ignore_errors=True)
