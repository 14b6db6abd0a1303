"""Where the lakes of the tests lie: in folders, or with `--on-s3` on a MinIO, each under the name of its folder."""

import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from lake import s3
from lake.settings import REPOSITORY, Settings
from lake.storage import S3Path, remove_tree

ON_S3 = "LAKE_TESTS_ON_S3"
LEASE = "_lock"


def is_on_s3() -> bool:
    """Whether the tests of this process keep their lakes on S3."""
    return bool(os.environ.get(ON_S3))


def report_file(name: str) -> Path:
    """Where a campaign counts, those on S3 in a file of their own."""
    file = REPOSITORY / ".build" / name
    return file.with_stem(f"{file.stem}-on-s3") if is_on_s3() else file


def settings_in(folder: Path) -> Settings:
    """The settings that lead to the lake of a folder."""
    if not is_on_s3():
        return Settings(lake_uri=str(folder / "lake"), landing_uri=str(folder / "landing"))
    lake, landing = _stand_ins(folder)
    return Settings(lake_uri=str(lake), landing_uri=str(landing).replace("s3a://", "s3://"))


def copied(folder: Path, target: Path, *without: str) -> Path:
    """The folder once more, with the lake and the landing area of its name, which nobody holds; where it now is."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*without))
    if is_on_s3():
        for mine, other in zip(_stand_ins(folder), _stand_ins(target), strict=True):
            with ThreadPoolExecutor() as pool:
                keys = [(found, f"{other.key}{found.key.removeprefix(mine.key)}") for found in mine.rglob("*")]
                list(pool.map(lambda pair: _copy(*pair), keys))
    return target


def _copy(file: S3Path, key: str) -> None:
    if file.name == LEASE:
        lease = json.dumps({**json.loads(file.read_bytes()), "state": "released", "token": ""})
        s3.call("put_object", Bucket=file.bucket, Key=key, Body=lease.encode())
    else:
        source = {"Bucket": file.bucket, "Key": file.key}
        s3.call("copy_object", Bucket=file.bucket, Key=key, CopySource=source)


@contextmanager
def spared(folder: Path) -> Iterator[None]:
    """Whatever the block removes of a folder, afterwards it is as it was."""
    aside = folder.with_name(f"{folder.name}-aside")
    if is_on_s3():
        copied(folder, aside)
    else:
        folder.rename(aside)
    yield
    if is_on_s3():
        removed(folder)
        copied(aside, folder)
        removed(aside)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)


def removed(folder: Path) -> None:
    """Take a folder away, with what lies under its name."""
    shutil.rmtree(folder)
    if is_on_s3():
        for place in _stand_ins(folder):
            remove_tree(place)


def put(landing: Path | S3Path, path: str, content: bytes) -> None:
    """Deliver bytes, whole or not at all."""
    if isinstance(landing, S3Path):
        s3.call("put_object", Bucket=landing.bucket, Key=f"{landing.key}/{path}", Body=content)
        return
    file = landing / path
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(".part")
    part.write_bytes(content)
    part.replace(file)


def _stand_ins(folder: Path) -> tuple[S3Path, S3Path]:
    key = str(folder).strip("/")
    return S3Path("lake", key), S3Path("landing", key)
