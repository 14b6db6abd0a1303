"""scripts/run: land the given files, or generate a delivery where there is none yet, then run."""

import sys
from pathlib import Path

from bronze.landing import list_landing
from lake import cli
from lake.errors import LakeError
from lake.settings import Settings


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
        landing.mkdir(parents=True, exist_ok=True)
        sys.stderr.write("no delivery in the landing area: generating one\n")
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
