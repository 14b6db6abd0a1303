"""scripts/audit: every pin is listed, what is vulnerable or secret is found, and silence is never taken for health."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lake.components import LOCKS, Component, jars, python_packages
from lake.errors import UsageError
from lake.settings import REPOSITORY
from lake.supply_chain import NOT_ALL_CHECKED, judge, sbom, secrets_in


def component(version: str, name: str = "example", ecosystem: str = "PyPI") -> Component:
    return Component(ecosystem, name, version, "a.lock")


def advise(folder: Path, *events: dict[str, str], versions: tuple[str, ...] = (), **more: Any) -> Path:
    """A folder with one advisory about PyPI's `example`."""
    package = {"ecosystem": "PyPI", "name": "example"}
    affected = {"package": package, "versions": versions, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    (folder / "X-1.json").write_text(json.dumps({"id": "X-1", "affected": [affected], **more}))
    return folder


def hit(folder: Path, version: str) -> bool:
    return [advisory for _, advisory in judge([component(version)], folder).hits] == ["X-1"]


def test_every_pin_of_every_lock_is_listed_with_its_hashes() -> None:
    packages = list(python_packages())
    for lock in LOCKS:
        lines = (REPOSITORY / lock).read_text().splitlines()
        pins = [line for line in lines if line and not line[0].isspace() and not line.startswith("#")]
        listed = [each for each in packages if each.where == lock]
        assert len(listed) == len(pins) > 3
        assert sum(len(each.sha256) for each in listed) == sum("--hash=sha256:" in line for line in lines)
    fetched = {each.name: each for each in jars()}
    assert fetched["io.delta:delta-storage"].purl.startswith("pkg:maven/io.delta/delta-storage@")


def test_the_sbom_is_cyclonedx_with_unique_references() -> None:
    document = sbom([*python_packages(), *jars()])
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    references = [each["bom-ref"] for each in document["components"]]
    assert len(references) == len(set(references))
    assert all(each["version"] and each["purl"].startswith("pkg:") for each in document["components"])


def test_a_range_is_read_as_osv_means_it(tmp_path: Path) -> None:
    advise(tmp_path, {"introduced": "1.2"}, {"fixed": "1.10"}, {"introduced": "2.0"}, {"last_affected": "2.1"})
    versions = ("1.1", "1.2", "1.9", "1.10", "1.11", "2.0", "2.1", "2.2")
    assert [version for version in versions if hit(tmp_path, version)] == ["1.2", "1.9", "2.0", "2.1"]


def test_a_listed_version_is_hit_and_a_withdrawn_advisory_is_not(tmp_path: Path) -> None:
    assert hit(advise(tmp_path, versions=("3.0rc1",)), "3.0rc1")
    assert not hit(advise(tmp_path, versions=("3.0",), withdrawn="2026-01-01T00:00:00Z"), "3.0")


def test_what_cannot_be_judged_is_said(tmp_path: Path) -> None:
    strange, java = component("not-a-version"), component("1.0", "a:b", "Maven")
    assert [each for each, _ in judge([strange, java], None).unjudged] == [strange, java]
    found = judge([strange, java], advise(tmp_path, {"introduced": "0"}))
    assert [each for each, _ in found.unjudged] == [strange, java]
    (tmp_path / "X-1.json").unlink()
    with pytest.raises(UsageError):
        judge([strange], tmp_path)


def test_a_secret_is_found_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    # Put together here, so that this file has none.
    lines = (
        "fine",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "-----BEGIN " + "PRIVATE KEY-----",
        "postgresql://me:" + "pass1word2@host/x",
    )
    file.write_text("\n".join(lines))
    assert [(line, kind) for _, line, kind in secrets_in([file])] == [
        (2, "an AWS access key"),
        (3, "a private key"),
        (4, "a login in an address"),
    ]


def test_the_command_says_that_it_could_not_check_all(tmp_path: Path) -> None:
    out = tmp_path / "sbom.json"
    done = subprocess.run([REPOSITORY / "scripts" / "audit", "--out", out], capture_output=True, text=True, check=False)
    assert done.returncode == NOT_ALL_CHECKED, done.stdout[-2000:] + done.stderr
    assert "not checked: pyspark" in done.stdout
    assert " 0 secrets, " in done.stdout
    assert json.loads(out.read_text())["components"]
