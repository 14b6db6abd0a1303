"""scripts/dbt: dbt in the lake's own session; the verbs that write take the lake's lock."""

import sys
from contextlib import nullcontext

from lake.errors import LakeError
from lake.settings import Settings

WRITING_VERBS = ("build", "run", "seed", "snapshot", "run-operation", "clone", "retry")


def main() -> None:
    """Run dbt with the given arguments; exit 0 done, 1 failed, 2 wrong usage, 3 the lake is held."""
    from bronze.ledger import recover
    from lake.format import prepare
    from lake.lock import writing
    from lake.session import open_session
    from lake.transforms import invoke

    arguments = sys.argv[1:]
    verb = next((word for word in arguments if not word.startswith("-")), "")
    settings = Settings()
    try:
        lock = writing(settings.lake_path, f"dbt {verb}") if verb in WRITING_VERBS else nullcontext()
        with lock:
            spark = open_session(settings)
            if verb in WRITING_VERBS:
                prepare(spark)
                recover(spark)
            result = invoke(spark, settings, arguments)
    except LakeError as error:
        sys.stderr.write(f"dbt: {error}\n")
        sys.exit(error.exit_code)
    if result.exception is not None:
        sys.stderr.write(f"dbt: {result.exception}\n")
        sys.exit(2)
    sys.exit(0 if result.success else 1)


if __name__ == "__main__":
    main()
