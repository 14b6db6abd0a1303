"""The ledger of a lake and its bronze rows: which delivery versions there are, and which are current."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from .csv_records import SOURCE_COLUMNS, DeliveryContent, DeliveryRejectedError, RawRecord, read_delivery

LOADED, REJECTED, SUPERSEDED, WITHDRAWN = "loaded", "rejected", "superseded", "withdrawn"


@dataclass(frozen=True)
class BronzeRecord:
    """One record of one delivery version, its values as the file has them.

    `columns` holds the eleven source columns by name, and is None where `malformed_line` holds the raw text.
    """

    delivery_id: int
    record_number: int
    columns: Mapping[str, str] | None
    record_id: str | None
    extra_columns: Mapping[str, str]
    malformed_line: str | None


@dataclass(frozen=True)
class Version:
    """One delivery version: a path with certain bytes. `records` is empty for a rejected one."""

    delivery_id: int
    path: str
    content_sha256: str
    size_bytes: int
    loaded_on: date
    status: str
    reason: str | None = None
    superseded_by: int | None = None
    records: tuple[BronzeRecord, ...] = ()


@dataclass
class ReferenceLake:
    """A landing area and the ledger of what was ingested from it; every change takes effect at once."""

    _landing: dict[str, bytes] = field(default_factory=dict)
    _versions: list[Version] = field(default_factory=list)

    def put(self, path: str, content: bytes) -> None:
        """Let the file at this landing-relative path have these bytes."""
        self._landing[path] = content

    def remove(self, path: str) -> None:
        """Let the file vanish from landing, if it is there."""
        self._landing.pop(path, None)

    def ingest(self, loaded_on: date) -> list[int]:
        """Record the new versions found in landing, in byte order of path, and give their delivery ids."""
        before = len(self._versions)
        for path in sorted(filter(_is_delivery, self._landing), key=str.encode):
            content = self._landing[path]
            if not self._is_known(path, hashlib.sha256(content).hexdigest()):
                self._append(_read_version(self._next_id(), path, content, loaded_on))
        return [version.delivery_id for version in self._versions[before:]]

    def withdraw(self, path: str) -> None:
        """Take back the path's newest version that was not rejected; KeyError where there is none."""
        version = self._newest_accepted(path)
        if version is None:
            raise KeyError(path)
        if version.status == LOADED:
            self._replace(replace(version, status=WITHDRAWN))

    def undo(self, path: str, loaded_on: date) -> None:
        """Make the withdrawn newest version current again under a new id; KeyError as for `withdraw`."""
        version = self._newest_accepted(path)
        if version is None:
            raise KeyError(path)
        if version.status == WITHDRAWN:
            new_id = self._next_id()
            records = tuple(replace(record, delivery_id=new_id) for record in version.records)
            self._append(replace(version, delivery_id=new_id, status=LOADED, loaded_on=loaded_on, records=records))

    def versions(self) -> list[Version]:
        """Give every delivery version, by delivery id."""
        return list(self._versions)

    def deliveries(self) -> list[dict[str, object]]:
        """Give `bronze.deliveries`, by delivery id; `row_count` is 0 for a rejected version."""
        return [
            {
                "delivery_id": version.delivery_id,
                "path": version.path,
                "content_sha256": version.content_sha256,
                "size_bytes": version.size_bytes,
                "row_count": len(version.records),
                "status": version.status,
                "superseded_by": version.superseded_by,
            }
            for version in self._versions
        ]

    def bronze_rows(self) -> list[dict[str, object]]:
        """Give `bronze.emissions` of all versions, by delivery id and record number.

        A malformed record has None in every source column and in `record_id`, and no extra columns.
        """
        return [
            {
                **{name: record.columns[name] if record.columns else None for name in SOURCE_COLUMNS},
                "record_id": record.record_id,
                "extra_columns": dict(record.extra_columns),
                "delivery_id": record.delivery_id,
                "record_number": record.record_number,
                "malformed_line": record.malformed_line,
            }
            for version in self._versions
            for record in version.records
        ]

    def _is_known(self, path: str, content_sha256: str) -> bool:
        of_path = [version for version in self._versions if version.path == path]
        accepted = [version for version in of_path if version.status != REJECTED]
        return any(version.content_sha256 == content_sha256 for version in of_path[-1:] + accepted[-1:])

    def _next_id(self) -> int:
        return len(self._versions) + 1

    def _newest_accepted(self, path: str) -> Version | None:
        accepted = [each for each in self._versions if each.path == path and each.status != REJECTED]
        return accepted[-1] if accepted else None

    def _append(self, version: Version) -> None:
        previous = self._newest_accepted(version.path)
        if version.status == LOADED and previous is not None and previous.status == LOADED:
            self._replace(replace(previous, status=SUPERSEDED, superseded_by=version.delivery_id))
        self._versions.append(version)

    def _replace(self, version: Version) -> None:
        self._versions[version.delivery_id - 1] = version


def _is_delivery(path: str) -> bool:
    """Tell whether the name ends as a delivery's and no part of the path begins with `.` or `_`."""
    return path.endswith((".csv", ".csv.gz")) and not any(part.startswith((".", "_")) for part in path.split("/"))


def _read_version(delivery_id: int, path: str, content: bytes, loaded_on: date) -> Version:
    """Give the version these bytes make, rejected where they cannot be read."""
    unread = Version(delivery_id, path, hashlib.sha256(content).hexdigest(), len(content), loaded_on, status=REJECTED)
    try:
        delivery = read_delivery(path, content)
    except DeliveryRejectedError as error:
        return replace(unread, reason=str(error))
    return replace(unread, status=LOADED, records=_bronze_records(delivery_id, delivery))


def _bronze_records(delivery_id: int, delivery: DeliveryContent) -> tuple[BronzeRecord, ...]:
    """Number the records from 1 and name their fields."""
    return tuple(
        _bronze_record(delivery_id, number, delivery.header, record)
        for number, record in enumerate(delivery.records, start=1)
    )


def _bronze_record(delivery_id: int, number: int, header: tuple[str, ...], record: RawRecord) -> BronzeRecord:
    if record.fields is None:
        return BronzeRecord(delivery_id, number, None, None, {}, malformed_line=record.text)
    named = dict(zip(header, record.fields, strict=True))
    columns = {name: named.pop(name) for name in SOURCE_COLUMNS}
    record_id = named.pop("record_id", None)
    return BronzeRecord(delivery_id, number, columns, record_id, extra_columns=named, malformed_line=None)
