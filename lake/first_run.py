"""scripts/run: land the given files, or generate a delivery where there is none yet, then run."""

import sys
import tempfile
from pathlib import Path

from bronze.landing import list_landing
from lake import cli
from lake.errors import LakeError
from lake.settings import Settings
from lake.storage import S3Path


def main() -> None:
    """Run the main job; the exit codes are those of `lake`."""
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    files = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    try:
        landing = Settings().landing_path
        has_deliveries = bool(list_landing(landing)[0])
    except LakeError as error:
        sys.stderr.write(f"lake: {error}\n")
        sys.exit(error.exit_code)
    if files:
        _lake(["land", *(str(Path(file)) for file in files)])
    elif not has_deliveries and not options:
        sys.stderr.write("no delivery in the landing area: generating one\n")
        if isinstance(landing, S3Path):
            with tempfile.TemporaryDirectory() as folder:
                _lake(["generate", str(Path(folder, "example.csv"))])
                _lake(["land", str(Path(folder, "example.csv"))])
        else:
            landing.mkdir(parents=True, exist_ok=True)
            _lake(["generate", str(landing / "example.csv")])
    cli.main(["run", *options])


def _lake(arguments: list[str]) -> None:
    try:
        cli.main(arguments)
    except SystemExit as ended:
        if ended.code:
            raise


if __name__ == "__main__":
    main()
