"""`lake verify`: the lake against what bronze gives, or a release against all that should still say the same."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lake.errors import LakeError
from lake.output import Json, print_json, print_line, print_rows, progress
from lake.settings import Settings

if TYPE_CHECKING:
    from lake.verify_release import Verified


def verify(
    manifest: Annotated[
        str | None, typer.Argument(metavar="[MANIFEST]", help="A release's name, or the path of its manifest.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Recompute everything from bronze and the ledger and compare; exit 1 when anything differs.

    With MANIFEST a release is compared: its copies, its recomputation, its deliveries, and the lake as it is now.

    Example: lake verify 2026-q3
    """
    from lake.lock import writing

    settings = Settings()
    with writing(settings.lake_path, "lake verify"), progress(as_json) as say:
        say("recomputing the lake")
        if manifest is None:
            from lake.verify import verify as recompute

            compared = recompute(settings)
        else:
            from lake.verify_release import verify_release

            verified = verify_release(settings, manifest)
    if manifest is not None:
        _tell(verified, as_json=as_json)
        return
    if as_json:
        print_json([{**asdict(item), "equal": item.is_equal} for item in compared])
    else:
        columns = ["table", "equal", "surplus_rows", "missing_rows", "a_surplus_row", "a_missing_row"]
        shown = [{**asdict(item), "table": item.name, "equal": "yes" if item.is_equal else "NO"} for item in compared]
        print_rows(columns, shown)
    differing = [item.name for item in compared if not item.is_equal]
    if differing:
        names = ", ".join(differing)
        msg = f"not what bronze and the ledger give: {names}. lake run --full-refresh rebuilds all but bronze."
        raise LakeError(msg)


def _tell(verified: "Verified", *, as_json: bool) -> None:
    if as_json:
        document = asdict(verified)
        print_json({**document, "equal": not verified.differing})
    else:
        _print(verified)
    if verified.differing:
        names = ", ".join(f"{item.name} ({item.against})" for item in verified.differing)
        msg = f"not what release {verified.release} says: {names}"
        raise LakeError(msg)


def _print(verified: "Verified") -> None:
    from lake.verify_release import COPY, DELIVERED, MANIFEST, NOW, RECOMPUTED

    kinds = (MANIFEST, DELIVERED, COPY, RECOMPUTED, NOW)
    names = list(dict.fromkeys(item.name for item in verified.checked))
    status = {(item.name, item.against): item.status for item in verified.checked}
    rows = [{"": name, **{kind: _shown(status.get((name, kind))) for kind in kinds}} for name in names]
    print_rows(["", *kinds], rows)
    details = [
        {"": item.name, "against": item.against, "released": item.released, "found": item.found or "nothing"}
        for item in verified.checked
        if item.status != "equal"
    ]
    if details:
        print_rows(["", "against", "released", "found"], details)
    if verified.code_of_run != verified.code_now:
        print_line(f"recomputed by other code: {verified.code_now}, the run was made by {verified.code_of_run}")


def _shown(status: str | None) -> str | None:
    return "DIFFERS" if status == "differs" else status
