"""The landing area: which deliveries lie there, and how a file gets there whole or not at all."""

import hashlib
import json
import os
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from bronze.renaming import COLUMNS_FILE, RenamingError, read_renaming
from lake.errors import LakeError, UsageError
from lake.storage import LakePath, S3Path

SUFFIXES = (".csv", ".csv.gz")
LINK = "it is a link; land the file itself"


@dataclass(frozen=True)
class Found:
    """A delivery in landing: its identity, its place, a mark that changes when the file does, and its renaming."""

    path: str
    file: LakePath
    fingerprint: str
    renaming: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ignored:
    """A file of the landing area that is not a delivery, and why."""

    path: str
    reason: str


def list_landing(root: LakePath) -> tuple[list[Found], list[Ignored]]:
    """All deliveries under `root` in ascending byte order of path, and what was passed over.

    Raises:
        LakeError: the landing area cannot be listed.
    """
    if isinstance(root, S3Path):
        from bronze.landing_s3 import list_landing_on_s3

        return list_landing_on_s3(root)
    found: list[Found] = []
    ignored: list[Ignored] = []
    renamings: dict[Path, dict[str, str] | str] = {}

    def unlisted(error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            return
        folder = Path(error.filename)
        if folder == root:
            msg = f"cannot list {root}: {error.strerror}. Check LANDING_URI and the folder's rights."
            raise LakeError(msg) from error
        ignored.append(Ignored(_in_unicode(folder.relative_to(root)), f"it cannot be listed: {error.strerror}"))

    for folder, folders, names in os.walk(root, onerror=unlisted):
        here = Path(folder)
        renamings[here] = renaming = _renaming_of(here, names, renamings.get(here.parent, {}))
        ignored += _ignored_folders(root, here, folders)
        for name in names:
            file = here / name
            path = file.relative_to(root).as_posix()
            reason = _why_ignored(file, path) or (renaming if isinstance(renaming, str) else None)
            if reason or isinstance(renaming, str):
                ignored.append(Ignored(_in_unicode(file.relative_to(root)), str(reason)))
                continue
            try:
                found.append(Found(path, file, fingerprint_of(file), renaming))
            except OSError as error:
                ignored.append(Ignored(path, f"it cannot be read: {error.strerror}"))
    return sorted(found, key=lambda item: item.path.encode()), sorted(ignored, key=lambda item: item.path)


def listing_digest(found: list[Found]) -> str:
    """The SHA-256 of paths, marks and renamings as hex digits: two listings that share it hold the same deliveries."""
    listed = [(item.path, item.fingerprint, item.renaming) for item in found]
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()


def _in_unicode(path: Path) -> str:
    return path.as_posix().encode(errors="replace").decode()


def _ignored_folders(root: Path, here: Path, folders: list[str]) -> list[Ignored]:
    """The folders of one folder whose names or kind let one expect deliveries that nobody will read."""
    reasons = {}
    for name in folders:
        if (here / name).is_symlink():
            reasons[name] = LINK
        elif name.endswith(SUFFIXES):
            reasons[name] = "it is a folder; only the files in it are deliveries"
    return [Ignored(_in_unicode((here / name).relative_to(root)), reason) for name, reason in reasons.items()]


def fingerprint_of(file: Path) -> str:
    """A mark of the file's content from its metadata; the change time cannot be set back by a user."""
    status = file.stat()
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}"


def land(files: list[Path], root: LakePath, as_path: str | None = None) -> list[str]:
    """Put files into the landing area, all or none, and return their landing paths.

    Raises:
        UsageError: no such file, not a delivery's name, two files of one name, or a path that leaves the area.
        LakeError: the landing area cannot be written.
    """
    if as_path is not None and len(files) != 1:
        msg = f"--as names one landing path, so it takes one file, not {len(files)}"
        raise UsageError(msg)
    paths = [_checked_path(as_path if as_path is not None else file.name) for file in files]
    for path in paths:
        if paths.count(path) > 1:
            msg = f"two files are named {path}: land them one by one with --as"
            raise UsageError(msg)
    for file in files:
        if not file.is_file():
            msg = f"not a regular file: {file}" if os.path.lexists(file) else f"no such file: {file}"
            raise UsageError(msg)
    if isinstance(root, S3Path):
        from bronze.landing_s3 import land_on_s3

        land_on_s3(files, root, paths)
        return paths
    targets = _targets(root, paths)
    # Short names of their own: a name that is as long as the disk allows leaves no room for an addition.
    parts = [target.with_name(f".landing-{os.getpid()}-{number}") for number, target in enumerate(targets)]
    try:
        for file, part in zip(files, parts, strict=True):
            part.parent.mkdir(parents=True, exist_ok=True)
            _copy_durably(file, part)
        _place(parts, targets)
    except OSError as error:
        msg = f"cannot land in {root}: {error.strerror or error}. Nothing new is left there."
        raise LakeError(msg) from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return paths


def _targets(root: Path, paths: list[str]) -> list[Path]:
    targets = [root / path for path in paths]
    for path, target in zip(paths, targets, strict=True):
        if not target.parent.resolve().is_relative_to(root.resolve()):
            msg = f"{path!r} leads out of the landing area through a link"
            raise UsageError(msg)
        try:
            is_folder = stat.S_ISDIR(target.stat().st_mode)
        except FileNotFoundError:
            is_folder = False
        except OSError as error:
            msg = f"cannot land {path!r}: {error.strerror}; land the file under another path with --as"
            raise UsageError(msg) from error
        if is_folder:
            msg = f"{target} is a folder; land the file under another path with --as"
            raise UsageError(msg)
    return targets


def _place(parts: list[Path], targets: list[Path]) -> None:
    """Move every part to its target; after an error the targets are as they were."""
    earlier = {target: target.with_name(f".earlier-{os.getpid()}-{number}") for number, target in enumerate(targets)}
    placed: list[Path] = []
    try:
        for part, target in zip(parts, targets, strict=True):
            if target.exists():
                os.link(target, earlier[target])
            placed.append(target)
            part.replace(target)
    except BaseException:  # Ctrl-C too
        for target in placed:
            if earlier[target].exists():
                earlier[target].replace(target)
            else:
                target.unlink(missing_ok=True)
        raise
    finally:
        for kept in earlier.values():
            kept.unlink(missing_ok=True)


def _copy_durably(file: Path, part: Path) -> None:
    with file.open("rb") as source, part.open("wb") as target:
        shutil.copyfileobj(source, target, 4 << 20)
        target.flush()
        os.fsync(target.fileno())


def _checked_path(path: str) -> str:
    parts = PurePosixPath(path).parts
    try:
        path.encode()
    except UnicodeEncodeError:
        msg = f"{path!r} is not UTF-8; name it with --as"
        raise UsageError(msg) from None
    if not parts or PurePosixPath(path).is_absolute() or ".." in parts:
        msg = f"{path!r} is no path inside the landing area"
        raise UsageError(msg)
    reason = why_ignored_by_name(path)
    if reason:
        msg = f"{path} would be ignored in the landing area: {reason}"
        raise UsageError(msg)
    return PurePosixPath(path).as_posix()


def _renaming_of(folder: Path, names: list[str], above: dict[str, str] | str) -> dict[str, str] | str:
    """The renaming that holds in a folder, or what is wrong with it: then nothing there can be read rightly."""
    if COLUMNS_FILE not in names:
        return above
    try:
        return read_renaming(folder / COLUMNS_FILE)
    except RenamingError as error:
        return f"{error}; correct or remove it"


def _why_ignored(file: Path, path: str) -> str | None:
    try:
        path.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    reason = why_ignored_by_name(path)
    if reason:
        return reason
    try:
        mode = file.lstat().st_mode
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    if stat.S_ISLNK(mode):
        return LINK
    if not stat.S_ISREG(mode):
        return "it is not a regular file"
    if not os.access(file, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        return "no permission to read it"
    return None


def why_ignored_by_name(path: str) -> str | None:
    """Why a landing path is no delivery whatever lies there, None where it may be one."""
    if PurePosixPath(path).name == COLUMNS_FILE:
        return "it names the columns of the deliveries in its folder"
    hidden = next((part for part in PurePosixPath(path).parts if part.startswith((".", "_"))), None)
    if hidden:
        return f"{hidden} begins with {hidden[0]}"
    if not path.endswith(SUFFIXES):
        return "it is neither .csv nor .csv.gz"
    return None
