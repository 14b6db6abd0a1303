"""scripts/audit: what the project is made of, as an SBOM; known vulnerabilities, secrets, and what was not looked at.

It asks no network. Advisories come from a folder of files in OSV's format, which somebody brings. What no advisory
could be held against is said, so that silence is never taken for health.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from packaging.version import InvalidVersion, Version

from lake.components import Component, go_modules, jars, python_packages
from lake.errors import LakeError, UsageError
from lake.replacing import replacing
from lake.settings import REPOSITORY

SBOM = REPOSITORY / ".build" / "sbom.cdx.json"
NOT_ALL_CHECKED = 4
# Shapes that a secret has and nothing else does; a test's own are put together, so that none stands in a file.
SECRETS = {
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "an AWS access key": re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token": re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[A-Za-z0-9-]{20,}|pypi-AgEI[A-Za-z0-9_-]{50,})"),
    "a login in an address": re.compile(rb"\b[a-z][a-z0-9+]*://[^\s/:@'\"]+:(?=[^@]*\d)[^\s/:@'\"%{}$<>*]{8,}@"),
}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Judged:
    """What advisories say of the components: hits by id, and those that nobody can speak for."""

    hits: list[tuple[Component, str]]
    unjudged: list[tuple[Component, str]]


def sbom(components: Sequence[Component]) -> dict[str, Any]:
    """The components as a CycloneDX 1.6 document (ECMA-424)."""
    listed = [
        {
            "type": "library",
            "bom-ref": f"{each.where}#{each.purl}",
            "name": each.name,
            "version": each.version,
            "purl": each.purl,
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in each.sha256],
            "properties": [{"name": "emissions-lakehouse:where", "value": each.where}],
        }
        for each in components
    ]
    own = {"type": "application", "name": "emissions-lakehouse", "version": version("emissions-lakehouse")}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own},
        "components": listed,
    }


def judge(components: Sequence[Component], advisories: Path | None) -> Judged:
    """Hold advisories against the components; one whose ecosystem the folder says nothing of is unjudged.

    Raises:
        UsageError: the folder has no advisory.
    """
    known: dict[tuple[str, str], list[dict[str, Any]]] = {}
    ecosystems: set[str] = set()
    for advisory, affected in _affected(advisories) if advisories is not None else ():
        package = affected.get("package", {})
        ecosystems.add(package.get("ecosystem", ""))
        key = (package.get("ecosystem", ""), package.get("name", ""))
        known.setdefault(key, []).append({**affected, "id": advisory})
    if advisories is not None and not any(advisories.rglob("*.json")):
        msg = f"{advisories} has no OSV file: give a folder of them, with an export for each ecosystem"
        raise UsageError(msg)
    found = Judged([], [])
    for component in components:
        if component.ecosystem not in ecosystems:
            found.unjudged.append((component, "no advisories for its kind were given"))
            continue
        for affected in known.get((component.ecosystem, component.name), []):
            match _concerns(affected, component.version):
                case True:
                    found.hits.append((component, affected["id"]))
                case None:
                    found.unjudged.append((component, f"{affected['id']}: its version cannot be compared"))
    return found


def secrets_in(files: Sequence[Path]) -> list[tuple[Path, int, str]]:
    """Where a secret stands: file, line, and what it looks like; never the secret itself."""
    found = []
    for file in files:
        for number, line in enumerate(file.read_bytes().split(b"\n"), start=1):
            found += [(file, number, kind) for kind, shape in SECRETS.items() if shape.search(line)]
    return found


def _affected(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(folder.rglob("*.json")):
        advisory = json.loads(file.read_bytes())
        if not advisory.get("withdrawn"):
            for affected in advisory.get("affected", []):
                yield advisory["id"], affected


def _concerns(affected: dict[str, Any], given: str) -> bool | None:
    """Whether a version is affected; None where that cannot be told."""
    bare = given.removeprefix("v").removesuffix("+incompatible")
    if {given, bare} & set(affected.get("versions", [])):
        return True
    ranges = [each for each in affected.get("ranges", []) if each.get("type") in ("ECOSYSTEM", "SEMVER")]
    try:
        return any(_within(each["events"], Version(bare)) for each in ranges)
    except InvalidVersion:
        return None


def _within(events: list[dict[str, str]], version: Version) -> bool:
    """OSV's own evaluation: in order, `introduced` switches on, `fixed` and what follows `last_affected` off."""
    steps = sorted((Version(text), kind) for event in events for kind, text in event.items() if kind != "limit")
    is_in = False
    for at, kind in steps:
        if version < at or (kind == "last_affected" and version == at):
            break
        is_in = kind == "introduced"
    return is_in


def _own_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - the user's git
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        msg = "this is no git checkout, so its own files cannot be told from others"
        raise LakeError(msg)
    files = (REPOSITORY / name for name in listed.stdout.split("\0") if name)
    return [file for file in files if file.is_file()]


@app.command()
def audit(
    advisories: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="OSV files to hold against the components.", exists=True)
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the SBOM goes.")] = SBOM,
) -> None:
    """Write the SBOM, look for known vulnerabilities and for secrets, and list what could not be looked at.

    Exit code 1 where something was found, 4 where nothing was but something could not be looked at.
    """
    modules, gap = go_modules()
    components = [*python_packages(), *jars(), *modules]
    with replacing(out) as file:
        file.write(json.dumps(sbom(components), indent=1).encode() + b"\n")
    typer.echo(f"{out}: {len(components)} components")
    judged = judge(components, advisories)
    for component, advisory in judged.hits:
        typer.echo(f"VULNERABLE {component.name} {component.version} ({component.where}): {advisory}")
    leaks = secrets_in(_own_files())
    for place, line, kind in leaks:
        typer.echo(f"SECRET {place.relative_to(REPOSITORY)}:{line}: it looks like {kind}")
    for component, why in judged.unjudged:
        typer.echo(f"not checked: {component.name} {component.version} ({component.where}): {why}")
    gaps = [gap, "Debian's packages in the images: their release's security updates come with each build"]
    for text in filter(None, gaps):
        typer.echo(f"not checked: {text}")
    typer.echo(f"{len(judged.hits)} vulnerable, {len(leaks)} secrets, {len(judged.unjudged)} components not checked")
    if judged.hits or leaks:
        raise typer.Exit(1)
    raise typer.Exit(NOT_ALL_CHECKED)


def main() -> None:
    """Run the command line; an error is one line and an exit code."""
    try:
        app()
    except LakeError as error:
        typer.echo(f"audit: {error}", err=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
