"""A process that keeps its Spark session and runs the lakes that it is told of, as a long-lived service would.

It reads one JSON document a line, {"open": LAKE, "landing": LANDING}, {"run": "now"} or {"close": "now"}, and answers
each with a line of JSON: {} when done, or {"error": MESSAGE}. It ends with its input.
"""

import json
import os
import sys

from lake import jvm
from lake.lock import writing
from lake.runs import Steps, new_run_id, run
from lake.session import open_session
from lake.settings import Settings
from lake.tables import SCHEMAS


class Session:
    """The lake that is open, in the one session of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._spark = open_session(settings)

    def run(self) -> None:
        """What `lake run` does, without its process."""
        with writing(self._settings.lake_path, "bench"):
            run(self._spark, self._settings, new_run_id(), Steps())

    def close(self) -> None:
        """Forget the tables, so that the next lake does not meet them."""
        for schema in SCHEMAS:
            self._spark.sql(f"drop schema if exists {schema} cascade")
        # Delta keeps what it knows of a table for an hour: the next lake must not pay for the memory of this one.
        self._spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()  # type: ignore[union-attr]


def obey(order: dict[str, str], session: Session | None) -> Session | None:
    """Do what one document says; the session that is open then.

    Raises:
        ValueError: there is no lake open, or no such order.
    """
    if "open" in order:
        return Session(Settings(lake_uri=order["open"], landing_uri=order["landing"]))
    if session is None or not order.keys() & {"run", "close"}:
        msg = f"cannot obey {order}"
        raise ValueError(msg)
    if "run" in order:
        session.run()
        return session
    session.close()
    return None


def main() -> None:
    """Obey until the input ends."""
    # What Spark and dbt print must not be taken for answers.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        session: Session | None = None
        for line in sys.stdin:
            try:
                session = obey(json.loads(line), session)
                answer: dict[str, str] = {}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    jvm.finish()


if __name__ == "__main__":
    main()
