"""The landing area on S3: what counts as a delivery, what is read, and that files arrive whole or not at all."""

import hashlib
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bronze import landing_s3
from bronze.ingest import _is_known, _landed
from bronze.landing import land, list_landing
from bronze.ledger import Known, Ledger
from bronze.records import ChangingError, HashingReader
from lake import s3
from lake.errors import LakeError
from lake.settings import REPOSITORY
from lake.storage import S3Path
from tests.s3.proxy import Harm, Proxy, Request

LAKE = REPOSITORY / ".venv" / "bin" / "lake"


@pytest.fixture
def root(on_s3: Mapping[str, str]) -> S3Path:
    """An empty landing area."""
    return S3Path.of(on_s3["LANDING_URI"])


def put(root: S3Path, path: str, content: bytes = b"x") -> None:
    s3.call("put_object", Bucket=root.bucket, Key=f"{root.key}/{path}", Body=content)


def behind(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process reaches the store through the proxy from now on."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    s3.client.cache_clear()


def test_listing_is_by_byte_order_and_says_what_is_passed_over(root: S3Path) -> None:
    for path in ("b.csv", "a/ä.csv.gz", "a/B.csv", "_hidden/x.csv", ".y.csv", "notes.txt", "folder/"):
        put(root, path)
    found, ignored = list_landing(root)
    assert [item.path for item in found] == ["a/B.csv", "a/ä.csv.gz", "b.csv"]
    assert {item.path for item in ignored} == {"_hidden/x.csv", ".y.csv", "notes.txt"}


def test_listing_goes_through_all_pages(root: S3Path) -> None:
    for number in range(1_005):
        put(root, f"{number:04}.csv")
    assert [item.path for item in list_landing(root)[0]] == [f"{number:04}.csv" for number in range(1_005)]


def test_renamed_columns_hold_below_their_folder(root: S3Path) -> None:
    put(root, "a/_columns.csv", b"name_in_file,column\nday,date\n")
    put(root, "a/b/_columns.csv", b"nonsense")
    for path in ("top.csv", "a/one.csv", "a/c/two.csv", "a/b/three.csv"):
        put(root, path)
    found, ignored = list_landing(root)
    assert {item.path: item.renaming for item in found} == {
        "top.csv": {},
        "a/one.csv": {"day": "date"},
        "a/c/two.csv": {"day": "date"},
    }
    assert "correct or remove it" in {item.path: item.reason for item in ignored}["a/b/three.csv"]


def test_what_has_not_changed_is_not_downloaded(root: S3Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, "a.csv", b"content")
    item = list_landing(root)[0][0]
    known = Known(1, "a.csv", hashlib.sha256(b"content").hexdigest(), 7, 1, "loaded", item.fingerprint, 1)
    behind(proxy, monkeypatch)
    read: list[str] = []

    def note(request: Request) -> None:
        if request.method == "GET" and "list-type" not in request.path:
            read.append(request.path)

    proxy.rule = note
    try:
        assert _is_known(list_landing(root)[0][0], Ledger([known]))
        assert not read
        put(root, "a.csv", b"CONTENT")
        assert not _is_known(list_landing(root)[0][0], Ledger([known])), "other bytes of equal size"
        assert len(read) == 1
        put(root, "a.csv", b"content")
        assert _is_known(list_landing(root)[0][0], Ledger([known])), "the same bytes, put there again"
    finally:
        proxy.harmless()


def test_reading_goes_on_where_the_connection_broke(
    root: S3Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(range(256)) * 40_000
    put(root, "large.csv", content)
    behind(proxy, monkeypatch)
    item = list_landing(root)[0][0]
    breaks = iter([Harm.HALF, Harm.HALF, Harm.RESET])
    proxy.rule = lambda request: next(breaks, None) if "large.csv" in request.path else None
    try:
        with _landed(item, datetime.now(UTC)) as landed:
            source = HashingReader(landed.raw, limit_bytes=landed.size_bytes)
            assert source.drain() == hashlib.sha256(content).hexdigest()
            assert not landed.has_changed(source.size_bytes)
    finally:
        proxy.harmless()


def test_a_replaced_object_is_not_read_as_the_listed_one(root: S3Path) -> None:
    put(root, "a.csv", b"one")
    item = list_landing(root)[0][0]
    put(root, "a.csv", b"two")
    with _landed(item, datetime.now(UTC)) as landed, pytest.raises(ChangingError):
        HashingReader(landed.raw, limit_bytes=landed.size_bytes).drain()


def test_large_files_go_in_parts_and_small_ones_too(root: S3Path, tmp_path: Path, on_s3: Mapping[str, str]) -> None:
    large, small = tmp_path / "large.csv", tmp_path / "small.csv"
    large.write_bytes(bytes(range(256)) * (3 * landing_s3.PART_BYTES // 256) + b"end")
    small.write_bytes(b"a,b\n")
    done = subprocess.run([LAKE, "land", large, small], env=on_s3, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / "large.csv").stat().etag.strip('"').endswith("-4"), "in four parts"
    assert (root / "large.csv").read_bytes() == large.read_bytes()
    assert {path.name for path in root.rglob("*")} == {"large.csv", "small.csv"}


def test_an_error_half_way_leaves_landing_as_it_was(
    root: S3Path, tmp_path: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        file.write_bytes(b"new")
    put(root, "a.csv", b"old")
    behind(proxy, monkeypatch)
    # Copied in place is a.csv alone.
    proxy.rule = lambda request: Harm.ERROR_500 if request.path.endswith("/b.csv") and request.method == "PUT" else None
    try:
        with pytest.raises(LakeError, match="answered 500"):
            land(files, root)
    finally:
        proxy.harmless()
    assert {path.name: path.read_bytes() for path in root.rglob("*")} == {"a.csv": b"old"}


def test_a_half_uploaded_file_is_no_delivery(root: S3Path) -> None:
    place = {"Bucket": root.bucket, "Key": f"{root.key}/half.csv"}
    upload = s3.call("create_multipart_upload", **place)["UploadId"]
    s3.call("upload_part", **place, UploadId=upload, PartNumber=1, Body=b"date,domain\n" * 500_000)
    assert list_landing(root) == ([], [])
    s3.call("abort_multipart_upload", **place, UploadId=upload)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "the store refuses this login. Check AWS_SECRET_ACCESS_KEY"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "the store does not know this login. Check AWS_ACCESS_KEY_ID"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "Check AWS_ENDPOINT_URL"),
        ({"LAKE_URI": "s3a://nowhere/x"}, "Check AWS_ACCESS_KEY_ID and the rights of its owner"),
        ({"LAKE_URI": "s3a:///x"}, "give s3a://bucket/prefix"),
    ],
)
def test_what_is_wrong_with_the_store_is_said_in_one_line(
    on_s3: Mapping[str, str], variables: dict[str, str], message: str
) -> None:
    failed = subprocess.run([LAKE, "run"], env={**on_s3, **variables}, capture_output=True, text=True, check=False)
    assert failed.returncode == (2 if "give" in message else 1)
    assert message in failed.stderr
    assert failed.stderr.count("\n") == 1, failed.stderr
