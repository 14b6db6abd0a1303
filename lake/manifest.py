"""The manifests of releases: what was released, written once and never again, as JSON beside the tables.

`$LAKE_URI/_releases/NAME.json` is the release: it is written last, and what lies in the folder `NAME` beside it counts
only with it. Each manifest holds the SHA-256 of all earlier ones, so that none can be changed unseen.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lake.errors import LakeError, UsageError
from lake.settings import Settings
from lake.storage import LakePath, PresentError, put_new, removal

FOLDER = "_releases"
FORM = 1
# No day, which --as-of takes for a moment, and nothing that the manifest of another may be called.
NAME = re.compile(r"(?!\d{4}-\d{2}-\d{2}$)[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?<!\.json)")


@dataclass(frozen=True)
class Period:
    """Whole days, both ends included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    @property
    def arguments(self) -> dict[str, str]:
        """The parameters `first_day` and `last_day` of queries."""
        return {"first_day": self.first.isoformat(), "last_day": self.last.isoformat()}


@dataclass(frozen=True)
class Manifest:
    """One release; grams CO2e as decimal strings, moments in UTC.

    `tables`: one object a copied table, with the Delta version it was copied at, `row_count`, `total_gco2e` (NULL where
    it has none) and `digest` of the rows that were copied. `excluded`: rows and grams that are not in the figures, by
    place. `deliveries`: the delivery versions behind the figures and the excluded rows, each with the SHA-256 of its
    file and `records_digest` of its records in bronze. `restatements`: as in audit.restatements.
    """

    form: int
    release: str
    released_at: str
    run: dict[str, Any]
    period: dict[str, str]
    code_version: str
    methodology_version: str
    reason: str | None
    approved_by: str | None
    threshold_percent: str
    row_count: int
    total_gco2e: str
    excluded: list[dict[str, Any]]
    tables: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    restatements: list[dict[str, Any]]
    earlier_releases: dict[str, str]

    @property
    def days(self) -> Period:
        """The days that were released."""
        return Period(date.fromisoformat(self.period["first_day"]), date.fromisoformat(self.period["last_day"]))

    def content(self) -> bytes:
        """The bytes of the manifest's file."""
        return (json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n").encode()


def checked_name(name: str) -> str:
    """The name of a release.

    Raises:
        UsageError: it cannot be that of a file everywhere.
    """
    if not NAME.fullmatch(name):
        msg = (
            f"{name!r} cannot name a release: give letters, digits, dots, hyphens and underscores, at most 100, no day "
            "alone and no .json at the end"
        )
        raise UsageError(msg)
    return name


def copy_of(lake: LakePath, release: str, table: str) -> LakePath:
    """Where a release keeps its copy of a table."""
    return lake.joinpath(FOLDER, release, *table.split("."))


def manifests(lake: LakePath) -> list[Manifest]:
    """Every release of the lake, in the order in which they were made."""
    folder = lake / FOLDER
    files = [file for file in folder.iterdir() if NAME.fullmatch(file.stem)] if folder.exists() else []
    return sorted(
        (parse(file.read_bytes(), str(file)) for file in files if file.suffix == ".json" and file.is_file()),
        # A clock may have been set back; what each knew of was there before it.
        key=lambda manifest: (len(manifest.earlier_releases), manifest.released_at),
    )


def find(lake: LakePath, release: str) -> Manifest | None:
    """The release of this name, None where there is none."""
    content = content_of(lake, release) if NAME.fullmatch(release) else None
    return None if content is None else parse(content, release)


def content_of(lake: LakePath, release: str) -> bytes | None:
    """The bytes of a release's manifest, None where there is none."""
    try:
        return (lake / FOLDER / f"{release}.json").read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def require(lake: LakePath, release: str) -> Manifest:
    """The release of this name.

    Raises:
        UsageError: there is none.
    """
    found = find(lake, checked_name(release))
    if found is None:
        names = ", ".join(manifest.release for manifest in manifests(lake)) or "none yet"
        msg = f"there is no release {release}: {names}"
        raise UsageError(msg)
    return found


def given(settings: Settings, name_or_path: str) -> tuple[Manifest, bytes]:
    """The manifest that a release's name or the path of a file means, and its bytes.

    Raises:
        UsageError: there is none, or the file is no manifest.
    """
    if "/" not in name_or_path and not name_or_path.endswith(".json"):
        manifest = require(settings.lake_path, name_or_path)
        return manifest, content_of(settings.lake_path, manifest.release) or b""
    try:
        content = Path(name_or_path).read_bytes()
    except OSError as error:
        msg = f"cannot read {name_or_path}: {error.strerror}. Give a release's name or the path of its manifest."
        raise UsageError(msg) from error
    return parse(content, name_or_path), content


def write(lake: LakePath, manifest: Manifest) -> str:
    """Write a manifest, by which the release comes to be; returns the SHA-256 of its bytes.

    Raises:
        UsageError: the name is taken.
    """
    content = manifest.content()
    try:
        put_new(lake / FOLDER / f"{manifest.release}.json", content)
    except PresentError:
        msg = f"release {manifest.release} is there already, and a release never changes: choose another name"
        raise UsageError(msg) from None
    return sha256(content)


def clear_half_made(lake: LakePath) -> None:
    """Remove the copies of releases that were cut off before their manifests; the caller holds the lake's lock."""
    folder = lake / FOLDER
    for entry in [*folder.iterdir()] if folder.exists() else []:
        is_half_made = not entry.is_file() and not (folder / f"{entry.name}.json").is_file()
        if is_half_made:
            removal(entry)()
        elif entry.name.startswith(".") and entry.name.endswith(".part"):
            entry.unlink()


def sha256(content: bytes) -> str:
    """The SHA-256 of bytes as hex digits."""
    return hashlib.sha256(content).hexdigest()


def parse(content: bytes, source: str) -> Manifest:
    """The manifest that bytes hold.

    Raises:
        UsageError: they are no manifest.
        LakeError: a newer version of this code has written it.
    """
    try:
        document = json.loads(content)
        form = int(document["form"])
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{source} is no manifest of a release"
        raise UsageError(msg) from error
    if form > FORM:
        msg = f"{source} has form {form}, written by a newer version of the lakehouse. Use that."
        raise LakeError(msg)
    try:
        manifest = Manifest(**document)
        checked_name(manifest.release)
        _ = manifest.days
    except (TypeError, ValueError, KeyError) as error:
        msg = f"{source} is no whole manifest of a release: {error}"
        raise UsageError(msg) from error
    return manifest
