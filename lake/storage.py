"""Places that hold a lake: a local folder is a `Path`; one on S3 is an `S3Path`, with the methods of it that are used.

So the code that looks after tables is written once, and on a local disk nothing stands between it and the files.
"""

import io
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import total_ordering
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

from lake import s3
from lake.errors import LakeError

# What Hadoop takes for a pattern in a path that is read (org.apache.hadoop.fs.FileSystem.globStatus).
PATTERN = re.compile(r"([\\{}\[\]*?])")
MOST_KEYS_A_DELETION = 1_000  # S3's DeleteObjects takes no more


def escaped(path: object) -> str:
    """A path as Spark's file readers must be told it, which would take some characters in it for a pattern."""
    return PATTERN.sub(r"\\\1", str(path))


class PresentError(Exception):
    """There is a file already."""


@dataclass(frozen=True)
class ObjectStatus:
    """What a listing says of an object, under the names that files have for it; `etag` changes with the content."""

    st_size: int
    st_mtime: float
    etag: str = ""


@total_ordering
class S3Path:
    """An object or a folder on S3; a folder is there while an object is in it."""

    def __init__(self, bucket: str, key: str = "", status: ObjectStatus | None = None) -> None:
        self.bucket = bucket
        self.key = key.strip("/")
        self._status = status

    @classmethod
    def of(cls, uri: str) -> "S3Path":
        """The place that `s3://bucket/prefix` or `s3a://bucket/prefix` names."""
        bucket, _, key = uri.partition("://")[2].partition("/")
        return cls(bucket, key)

    def __str__(self) -> str:
        return f"s3a://{self.bucket}/{self.key}".rstrip("/")

    def __repr__(self) -> str:
        return f"S3Path({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, S3Path) and (self.bucket, self.key) == (other.bucket, other.key)

    def __lt__(self, other: "S3Path") -> bool:
        return (self.bucket, self.key) < (other.bucket, other.key)

    def __hash__(self) -> int:
        return hash((self.bucket, self.key))

    def __truediv__(self, part: str) -> "S3Path":
        return S3Path(self.bucket, f"{self.key}/{part}")

    def joinpath(self, *parts: str) -> "S3Path":
        """The place below this one."""
        return self / "/".join(parts)

    @property
    def _pure(self) -> PurePosixPath:
        return PurePosixPath(self.key)

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self._pure.name

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return self._pure.stem

    @property
    def suffix(self) -> str:
        """The end of the name, from its last dot on."""
        return self._pure.suffix

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the key."""
        return self._pure.parts

    @property
    def parent(self) -> "S3Path":
        """The folder above."""
        return S3Path(self.bucket, self.key.rpartition("/")[0])

    def with_name(self, name: str) -> "S3Path":
        """Another object of the same folder."""
        return self.parent / name

    def stat(self) -> ObjectStatus:
        """Size and time of the object, as listed where this comes from a listing.

        Raises:
            FileNotFoundError: there is no such object.
        """
        if self._status is None:
            try:
                found = s3.call("head_object", Bucket=self.bucket, Key=self.key)
            except s3.GoneError:
                raise FileNotFoundError(str(self)) from None
            self._status = ObjectStatus(found["ContentLength"], found["LastModified"].timestamp(), found["ETag"])
        return self._status

    def is_file(self) -> bool:
        """Whether it is an object."""
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def exists(self) -> bool:
        """Whether there is such an object or folder now."""
        listed = s3.call("list_objects_v2", Bucket=self.bucket, Prefix=self.key, Delimiter="/", MaxKeys=2)
        objects = {found["Key"] for found in listed.get("Contents", [])}
        return self.key in objects or any(True for _ in self._pages(Prefix=self._prefix, MaxKeys=1))

    def read_bytes(self) -> bytes:
        """The whole object.

        Raises:
            FileNotFoundError: there is no such object.
        """
        try:
            return s3.read(self.bucket, self.key)[0]
        except s3.GoneError:
            raise FileNotFoundError(str(self)) from None

    def open(self, *, encoding: str, newline: str | None = None) -> TextIO:
        """The whole object as text."""
        return io.TextIOWrapper(io.BytesIO(self.read_bytes()), encoding=encoding, newline=newline)

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Remove the object; one that is not there is no error to S3."""
        del missing_ok
        s3.call("delete_object", Bucket=self.bucket, Key=self.key)

    def iterdir(self) -> Iterator["S3Path"]:
        """The objects and folders right below."""
        for page in self._pages(Prefix=self._prefix, Delimiter="/"):
            yield from self._objects(page)
            for folder in page.get("CommonPrefixes", []):
                yield S3Path(self.bucket, folder["Prefix"])

    def rglob(self, pattern: str) -> Iterator["S3Path"]:
        """The objects below, at any depth, whose names fit."""
        for page in self._pages(Prefix=self._prefix):
            yield from (found for found in self._objects(page) if fnmatchcase(found.name, pattern))

    def glob(self, pattern: str) -> Iterator["S3Path"]:
        """What fits a pattern of parts; `**/` stands before the last one only."""
        first, _, rest = pattern.partition("/")
        if first == "**":
            yield from self.rglob(rest)
        elif "*" not in first and rest:
            yield from (self / first).glob(rest)
        else:
            for child in self.iterdir():
                if fnmatchcase(child.name, first):
                    yield from child.glob(rest) if rest else (child,)

    @property
    def _prefix(self) -> str:
        return f"{self.key}/" if self.key else ""

    def _pages(self, **arguments: object) -> Iterator[dict[str, Any]]:
        """The pages of a listing, those without anything left out."""
        token: dict[str, object] = {}
        while True:
            page = s3.call("list_objects_v2", Bucket=self.bucket, **arguments, **token)
            if page.get("Contents") or page.get("CommonPrefixes"):
                yield page
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _objects(self, page: dict[str, Any]) -> Iterator["S3Path"]:
        for found in page.get("Contents", []):
            # Hadoop marks an empty folder by an object whose name ends so.
            if not found["Key"].endswith("/"):
                modified: datetime = found["LastModified"]
                status = ObjectStatus(found["Size"], modified.timestamp(), found["ETag"])
                yield S3Path(self.bucket, found["Key"], status)


LakePath = Path | S3Path


def sizes(root: LakePath, since: float = float("-inf")) -> Iterator[int]:
    """The sizes of the regular files below a folder, or of those changed since a moment (seconds since 1970).

    What cannot be looked at weighs nothing.
    """
    if isinstance(root, S3Path):
        with suppress(LakeError):
            yield from (seen.st_size for seen in (found.stat() for found in root.rglob("*")) if seen.st_mtime >= since)
        return
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                status = Path(folder, name).lstat()
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode) and status.st_mtime >= since:
                yield status.st_size


def removal(folder: LakePath) -> Callable[[], None]:
    """What removes a folder as it now is: on S3 just the objects that it has now, whatever comes into it meanwhile."""
    if isinstance(folder, Path):
        return lambda: shutil.rmtree(folder)
    keys = [found["Key"] for page in folder._pages(Prefix=folder._prefix) for found in page["Contents"]]
    return lambda: _delete(folder.bucket, keys)


def put_new(file: LakePath, content: bytes) -> None:
    """Put a small file where there is none, whole or not at all and durably, its folder made where it is missing.

    Raises:
        PresentError: there is another one.
        LakeError: the place cannot be written.
    """
    if isinstance(file, Path):
        _put_new_locally(file, content)
        return
    try:
        s3.call("put_object", Bucket=file.bucket, Key=file.key, Body=content, IfNoneMatch="*")
    except s3.ConditionError as error:
        # Where the answer was lost, the request that boto3 repeated has met what the first one made.
        if file.read_bytes() != content:
            raise PresentError(str(file)) from error


def _put_new_locally(file: Path, content: bytes) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(part, file)  # unlike a renaming, refused where there is one
        except FileExistsError as error:
            raise PresentError(str(file)) from error
        sync(file.parent)
    except OSError as error:
        msg = f"cannot write {file}: {error.strerror}. Check LAKE_URI and the rights of its folders."
        raise LakeError(msg) from error
    finally:
        with suppress(OSError):
            part.unlink()


def sync(path: Path) -> None:
    """See to it that a file's content, or a folder's list of names, is on the disk.

    Raises:
        OSError: it is not there, or the disk fails.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(folder: LakePath) -> None:
    """Remove a folder with all that is in it; on a local disk what cannot be removed stays."""
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
    else:
        removal(folder)()


def _delete(bucket: str, keys: list[str]) -> None:
    for start in range(0, len(keys), MOST_KEYS_A_DELETION):
        doomed = [{"Key": key} for key in keys[start : start + MOST_KEYS_A_DELETION]]
        answer = s3.call("delete_objects", Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})
        if answer.get("Errors"):
            first = answer["Errors"][0]
            msg = f"cannot remove {first['Key']} of bucket {bucket}: {first['Code']}"
            raise LakeError(msg)
