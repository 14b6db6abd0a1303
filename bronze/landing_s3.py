"""The landing area on S3: what lies there by listing alone, one object read in one pass, and files put there whole.

S3 shows an object only when all of it has arrived, so a half-uploaded file is never a delivery. What has not changed is
not read: size, time and ETag stand in the listing.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from bronze.landing import Found, Ignored, why_ignored_by_name
from bronze.records import ChangingError, HashingReader, UnreadableError
from bronze.renaming import COLUMNS_FILE, RenamingError, read_renaming
from lake import s3
from lake.errors import LakeError
from lake.storage import S3Path

# Parts of this size, sent several at a time; S3 takes 10,000 of them, so files of up to 160 GB.
PART_BYTES = 16 << 20
READ_ATTEMPTS = 5
# Answers that concern the one object, so that the others go on.
OF_ONE_OBJECT = {"AccessDenied", "InvalidObjectState", "InvalidArgument", "InvalidRequest"}


def list_landing_on_s3(root: S3Path) -> tuple[list[Found], list[Ignored]]:
    """All deliveries below a prefix in ascending byte order of path, and what was passed over.

    Raises:
        LakeError: the landing area cannot be listed.
    """
    objects = {_relative(root, item): item for item in root.rglob("*")}
    renamings = _renamings(objects)
    found: list[Found] = []
    ignored: list[Ignored] = []
    for path, item in objects.items():
        renaming = next((renamings[folder] for folder in _folders_above(path) if folder in renamings), {})
        reason = "a part of its key is empty" if "//" in f"/{path}" else why_ignored_by_name(path)
        reason = reason or (renaming if isinstance(renaming, str) else None)
        if reason or isinstance(renaming, str):
            ignored.append(Ignored(path, str(reason)))
        else:
            found.append(Found(path, item, fingerprint_of(item), renaming))
    return sorted(found, key=lambda item: item.path.encode()), sorted(ignored, key=lambda item: item.path)


def fingerprint_of(item: S3Path) -> str:
    """A mark of the object's content, from the listing."""
    status = item.stat()
    return f"s3-{status.st_size}-{status.st_mtime:.3f}-{status.etag.strip(chr(34))}"


def opened(item: S3Path) -> BinaryIO:
    """The object as it was listed, read in one pass, whatever takes its place meanwhile."""
    return cast("BinaryIO", _Reader(item))


def sha256_of(item: S3Path) -> str:
    """The SHA-256 of an object's bytes as hex digits.

    Raises:
        UnreadableError: it cannot be read, or was replaced.
    """
    try:
        return HashingReader(opened(item)).drain()
    except ChangingError:
        msg = "it was replaced while it was read"
        raise UnreadableError(msg) from None


def land_on_s3(files: list[Path], root: S3Path, paths: list[str]) -> None:
    """Put files into the landing area, all or none.

    Raises:
        LakeError: the store cannot be reached or refuses; nothing new is left there.
    """
    targets = [root / path for path in paths]
    if len(targets) == 1:
        _upload(files[0], targets[0])  # appears at once
        return
    # Under hidden names first: to put them in place then takes the store alone, and can be undone.
    hidden = f".landing-{uuid.uuid4().hex}"
    parts = [target.with_name(f"{hidden}-{number}") for number, target in enumerate(targets)]
    try:
        for file, part in zip(files, parts, strict=True):
            _upload(file, part)
        _place(parts, targets, hidden)
    finally:
        for part in parts:
            with suppress(LakeError):
                part.unlink()


class _Reader:
    """One version of an object as a stream; where the connection breaks, it goes on from there."""

    def __init__(self, item: S3Path) -> None:
        self._item = item
        self._body: Any = None
        self._position = 0

    def __enter__(self) -> "_Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def read(self, size: int) -> bytes:
        """The next bytes, empty at the end.

        Raises:
            ChangingError: another object has taken its place.
            UnreadableError: this object cannot be read.
            LakeError: the store cannot be reached.
        """
        from botocore.exceptions import BotoCoreError

        if self._position >= self._item.stat().st_size:
            return b""
        for attempt in range(1, READ_ATTEMPTS + 1):
            try:
                self._body = self._body or self._request()
                block: bytes = self._body.read(size)
            except (BotoCoreError, OSError) as error:
                self._close()
                if attempt == READ_ATTEMPTS:
                    raise s3.explained(error, self._item.bucket) from error
            else:
                self._position += len(block)
                return block
        raise AssertionError

    def _request(self) -> Any:  # noqa: ANN401 - boto3 makes its classes as it runs
        conditions: dict[str, object] = {"IfMatch": self._item.stat().etag}
        if self._position:
            conditions["Range"] = f"bytes={self._position}-"
        try:
            return s3.call("get_object", Bucket=self._item.bucket, Key=self._item.key, **conditions)["Body"]
        except s3.ConditionError:
            raise ChangingError from None
        except s3.GoneError:
            msg = "it was removed while the landing area was read"
            raise UnreadableError(msg) from None
        except LakeError as error:
            if s3.code_of(error.__cause__) in OF_ONE_OBJECT:
                raise UnreadableError(str(error)) from error
            raise

    def _close(self) -> None:
        if self._body is not None:
            self._body.close()
        self._body = None


def _relative(root: S3Path, item: S3Path) -> str:
    return item.key.removeprefix(f"{root.key}/") if root.key else item.key


def _folders_above(path: str) -> Iterator[str]:
    """The folder of a path, then those above it up to the landing area itself, which is the empty name."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _renamings(objects: dict[str, S3Path]) -> dict[str, dict[str, str] | str]:
    """The renaming that holds in a folder and below it, or what is wrong with it, by folder."""
    renamings: dict[str, dict[str, str] | str] = {}
    for path, item in objects.items():
        folder, _, name = path.rpartition("/")
        if name == COLUMNS_FILE:
            try:
                renamings[folder] = read_renaming(item)
            except RenamingError as error:
                renamings[folder] = f"{error}; correct or remove it"
    return renamings


def _upload(file: Path, target: S3Path) -> None:
    """Send a file, with a checksum that the store compares; in parts where it is large, again where a part fails."""
    checked = {"ChecksumAlgorithm": "SHA256"}
    _transfer(
        lambda config: s3.client().upload_file(str(file), target.bucket, target.key, ExtraArgs=checked, Config=config),
        target.bucket,
    )


def _copy(source: S3Path, target: S3Path) -> None:
    place = {"Bucket": source.bucket, "Key": source.key}
    _transfer(lambda config: s3.client().copy(place, target.bucket, target.key, Config=config), target.bucket)


def _transfer(transfer: Callable[[Any], None], bucket: str) -> None:
    from boto3.exceptions import Boto3Error
    from boto3.s3.transfer import TransferConfig
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        transfer(TransferConfig(multipart_threshold=2 * PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4))
    except Boto3Error as error:
        cause = error.__context__ if isinstance(error.__context__, Exception) else error
        raise s3.explained(cause, bucket) from error
    except (BotoCoreError, ClientError, OSError) as error:
        raise s3.explained(error, bucket) from error


def _place(parts: list[S3Path], targets: list[S3Path], hidden: str) -> None:
    """Copy every part to its target; after an error the targets are as they were."""
    earlier = {target: target.with_name(f"{hidden}-earlier-{number}") for number, target in enumerate(targets)}
    kept = [target for target in targets if target.is_file()]
    placed: list[S3Path] = []
    try:
        for target in kept:
            _copy(target, earlier[target])
        for part, target in zip(parts, targets, strict=True):
            placed.append(target)
            _copy(part, target)
    except BaseException:  # Ctrl-C too
        for target in placed:
            if target in kept:
                _copy(earlier[target], target)
            else:
                target.unlink()
        raise
    finally:
        for target in kept:
            with suppress(LakeError):
                earlier[target].unlink()
