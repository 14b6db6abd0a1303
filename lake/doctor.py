"""Check the machine, the settings and the storage, and say what to fix; without Spark, in seconds."""

from collections.abc import Callable

from lake.doctor_machine import check_java, check_memory, check_packages, check_port, check_temporary_folder
from lake.doctor_places import check_clock_of_store, check_format, check_place
from lake.doctor_settings import check_apart, check_login, check_master, check_retention
from lake.doctor_setup import check_jars
from lake.errors import UsageError
from lake.finding import Finding, failure
from lake.settings import REPOSITORY, S3_JARS, Settings
from lake.storage import LakePath, S3Path

PLACES = {"LAKE_URI": "lake_path", "LANDING_URI": "landing_path"}


def examine(settings: Settings) -> list[Finding]:
    """Every check with its finding, in the order in which things are needed."""
    places, wrong = _places(settings)
    on_s3 = any(isinstance(place, S3Path) for place in places.values())
    folders = {"local": REPOSITORY / ".build" / "jars"} | ({"s3": S3_JARS} if on_s3 else {})
    checks: list[Callable[[], Finding | None]] = [
        check_java,
        lambda: check_jars(folders, REPOSITORY / "spark_conf" / "ivy.xml"),
        lambda: check_packages(REPOSITORY / "requirements.lock"),
        lambda: check_memory(settings.spark_driver_memory),
        lambda: check_temporary_folder(settings.spark_master),
        check_port,
        lambda: check_master(settings, places.get("LAKE_URI")),
        lambda: check_retention(settings),
    ]
    if on_s3:
        checks += [check_login, check_clock_of_store]
    if len(places) == len(PLACES):
        checks.append(lambda: check_apart(places["LAKE_URI"], places["LANDING_URI"]))
    findings = [found for check in checks if (found := check()) is not None] + wrong
    for name, place in places.items():
        findings.append(check_place(name, place))
        if name == "LAKE_URI" and findings[-1].ok and (found := check_format(place)) is not None:
            findings.append(found)
    return findings


def _places(settings: Settings) -> tuple[dict[str, LakePath], list[Finding]]:
    """The lake and its landing area by the names of their settings, and what is wrong with those of the others."""
    places: dict[str, LakePath] = {}
    wrong = []
    for name, attribute in PLACES.items():
        try:
            places[name] = getattr(settings, attribute)
        except UsageError as error:
            wrong.append(failure(name, str(error)))
    return places, wrong
