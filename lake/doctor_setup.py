"""What set-up fetched, against what the project names: jars."""

import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from lake.finding import Finding, failure, well

OUR_JAR = "lakehouse.jar"


def check_jars(folders: Mapping[str, Path], ivy: Path) -> Finding:
    """Whether each folder has the jars that ivy.xml names for its configuration (`local`, `s3`), in those versions."""
    missing, other = [], []
    for configuration, folder in folders.items():
        for name, version in _wanted(ivy, configuration):
            if (folder / f"{name}-{version}.jar").is_file():
                continue
            found = sorted(_versions(folder, name))
            if found:
                other.append(f"{name} is {', '.join(found)} instead of {version}")
            else:
                missing.append(f"{name}-{version}.jar")
        if configuration == "local" and not (folder / OUR_JAR).is_file():
            missing.append(OUR_JAR)
    if missing or other:
        seen = "; ".join([*other, *([f"missing: {', '.join(missing)}"] if missing else [])])
        # scripts/setup does nothing while its stamps say that nothing changed.
        s3 = " s3" if "s3" in folders else ""
        return failure("jars", f"{seen}. Fetch them anew: rm -r .build/stamps, then scripts/setup{s3}")
    return well("jars", f"those of spark_conf/ivy.xml ({', '.join(folders)})")


def _wanted(ivy: Path, configuration: str) -> list[tuple[str, str]]:
    dependencies = ElementTree.parse(ivy).getroot().iter("dependency")  # noqa: S314 - a file of the project
    return [
        (item.attrib["name"], item.attrib["rev"])
        for item in dependencies
        if item.attrib["conf"].startswith(f"{configuration}->")
    ]


def _versions(folder: Path, name: str) -> set[str]:
    """The versions of a jar in a folder; what follows the name begins with a digit, else it is another jar's name."""
    named = re.compile(re.escape(name) + r"-(\d.*)\.jar")
    return {found[1] for jar in folder.glob("*.jar") if (found := named.fullmatch(jar.name))}
