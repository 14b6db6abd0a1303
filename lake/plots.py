"""The plot library that a report carries with it: Vega, Vega-Lite and Vega-Embed as one script.

The pinned package vl-convert-python ships them (BSD-3-Clause), so no network and no Node is needed. Bundling takes
seconds of CPU, so that set-up does it once and the script is kept in `.build`.
"""

from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from lake.replacing import replacing
from lake.settings import REPOSITORY

PACKAGE = "vl-convert-python"


def library() -> str:
    """The script that defines `vegaEmbed`; bundled now where it is not kept yet.

    Raises:
        ImportError: the package is not installed.
        OSError: the script cannot be read.
    """
    kept = REPOSITORY / ".build" / f"vega-{version(PACKAGE)}.js"
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    import vl_convert

    script = str(vl_convert.javascript_bundle())  # type: ignore[call-arg]  # its stub asks for more than it needs
    _keep(kept, script)
    return script


def versions() -> str:
    """What is in the script, for its notice."""
    return f"Vega, Vega-Lite and Vega-Embed from {PACKAGE} {version(PACKAGE)}"


def _keep(file: Path, script: str) -> None:
    """Keep the script where that can be done; two that bundle at once write the same."""
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        with replacing(file) as out:
            out.write(script.encode())


if __name__ == "__main__":
    library()
