"""What the project is made of besides itself: locked Python packages, jars, Go modules, with version and digest."""

import hashlib
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from lake.minio_server import MODULE, VERSION, cached_program
from lake.settings import REPOSITORY

LOCKS = ("requirements.lock", "airflow/requirements.lock", "bench/requirements.lock", "superset/requirements.lock")
JARS = (".build/jars", ".build/s3-jars", ".venv/lib/*/site-packages/pyspark/jars")
OWN_JAR = "lakehouse.jar"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NAMED = re.compile(r"(.+?)-(\d[^/]*)\.jar")


@dataclass(frozen=True)
class Component:
    """A package of others: its ecosystem by OSV's name, what it is called there, version and SHA-256 digests."""

    ecosystem: str
    name: str
    version: str
    where: str
    sha256: tuple[str, ...] = field(default=())

    @property
    def purl(self) -> str:
        """The package's URL, as SBOMs name it."""
        kind = {"PyPI": "pypi", "Maven": "maven", "Go": "golang"}.get(self.ecosystem, "generic")
        return f"pkg:{kind}/{self.name.replace(':', '/')}@{self.version}"


def python_packages(root: Path = REPOSITORY) -> Iterator[Component]:
    """Every package of every lock."""
    for lock in LOCKS:
        for entry in re.split(r"\n(?=\S)", (root / lock).read_text(encoding="utf-8")):
            pin = PIN.match(entry)
            if pin is not None:
                name = re.sub(r"[-_.]+", "-", pin[1]).lower()
                yield Component("PyPI", name, pin[2], lock, tuple(sorted(HASH.findall(entry))))


def jars(root: Path = REPOSITORY) -> Iterator[Component]:
    """Every jar that set-up fetched or that came with pyspark; one that does not say its group has no ecosystem."""
    for folder in JARS:
        for file in sorted(root.glob(f"{folder}/*.jar")):
            if file.name != OWN_JAR:
                digest = hashlib.sha256(file.read_bytes()).hexdigest()
                ecosystem, name, version = _coordinates(file)
                yield Component(ecosystem, name, version, folder, (digest,))


def go_modules() -> tuple[list[Component], str | None]:
    """MinIO's module with those that are built into it, and what could not be looked into."""
    own = Component("Go", MODULE, VERSION, "docker/Dockerfile")
    go, program = shutil.which("go"), cached_program()
    if go is None or not program.exists():
        return [own], f"the modules built into {MODULE}: neither Go nor a program built by scripts/minio is here"
    said = subprocess.run([go, "version", "-m", str(program)], capture_output=True, text=True, check=True).stdout
    found = [line.split() for line in said.splitlines() if line.startswith("\tdep\t")]
    return [own, *(Component("Go", module[1], module[2], MODULE) for module in found)], None


def _coordinates(file: Path) -> tuple[str, str, str]:
    named = NAMED.fullmatch(file.name)
    artifact, version = (named[1], named[2]) if named else (file.stem, "unknown")
    with zipfile.ZipFile(file) as jar:
        # A jar with others shaded into it names those, too.
        said = [name for name in jar.namelist() if name.endswith(f"/{artifact}/pom.properties")]
        if len(said) == 1:
            group = said[0].split("/")[2]
            return "Maven", f"{group}:{artifact}", version
    known = _groups().get(artifact)
    return ("Maven", f"{known}:{artifact}", version) if known else ("", artifact, version)


@cache
def _groups() -> dict[str, str]:
    """The group of each jar that set-up fetches, by its artifact; not every jar names its own."""
    wanted = ElementTree.parse(REPOSITORY / "spark_conf" / "ivy.xml").iter("dependency")  # noqa: S314 - our own file
    return {each.attrib["name"]: each.attrib["org"] for each in wanted}
