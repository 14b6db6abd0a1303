"""Tasks that call the `lake` command: what they pass on, which of its endings is tried again, and how they are stopped.

A task hands the lake an identity (`--run-id`, Airflow's own run id) and never data; the command runs in an environment
of its own, outside Airflow's, and its exit code decides the task's fate.
"""

import os
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BUSY = 3
# What a command may see of this process's environment: Airflow's own settings hold secrets that it does not need.
PASSED_ON = (
    "LAKE_",
    "LANDING_URI",
    "METASTORE_",
    "AWS_",
    "SPARK_",
    "JAVA_HOME",
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "TZ",
)
# An error of the lake is one line; a few more tell what led to it.
KEPT_LINES = 20


class LakeOperator(BaseOperator):
    """One or more calls of `lake`, one after the other, each with its arguments; an empty argument is left out.

    Raises:
        AirflowException: another run holds the lake, or the command was killed; the task is tried again.
        AirflowFailException: the command failed or was called wrongly; trying again would fail the same way.
    """

    template_fields = ("commands",)
    ui_color = "#d5ecd4"

    def __init__(self, *, commands: Sequence[Sequence[str]] = (), **settings: Any) -> None:  # noqa: ANN401 - Airflow's own
        super().__init__(**settings)
        self.commands = commands
        self._running: subprocess.Popen[str] | None = None

    def execute(self, context: Any) -> None:  # noqa: ANN401 - Airflow's context is a dictionary of everything
        """Call the commands; whatever they print is the task's log."""
        for command in self.commands:
            self.call([argument for argument in command if argument])

    def call(self, arguments: Sequence[str]) -> None:
        """One call of `lake`, waited for; raises as the class says."""
        command = os.environ.get("LAKE_COMMAND") or str(REPOSITORY / "scripts" / "lake")
        self.log.info("lake %s", " ".join(arguments))
        lines: deque[str] = deque(maxlen=KEPT_LINES)
        with subprocess.Popen(
            [command, *arguments],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
            start_new_session=True,
        ) as self._running:
            for line in self._running.stdout or ():
                lines.append(line.rstrip("\n"))
                self.log.info("%s", lines[-1])
        code = self._running.returncode
        if code == 0:
            return
        cause = cause_of(lines, arguments[0], code)
        if code == BUSY or code < 0:
            raise AirflowException(cause)
        raise AirflowFailException(cause)

    def on_kill(self) -> None:
        """Stop the command as Ctrl-C would: it leaves the lake whole and says so."""
        if self._running is not None and self._running.poll() is None:
            os.killpg(self._running.pid, signal.SIGTERM)


class GoldOperator(LakeOperator):
    """Calls its commands, after it has rebuilt gold where the run's parameter `full_refresh` asks for it."""

    template_fields = ("commands", "run_id")

    def __init__(self, *, run_id: str, **settings: Any) -> None:  # noqa: ANN401 - Airflow's own
        super().__init__(**settings)
        self.run_id = run_id

    def execute(self, context: Any) -> None:  # noqa: ANN401 - as above
        """Silver is as the task before has left it: a build of both layers would rebuild it a second time."""
        if context["params"]["full_refresh"]:
            self.call(["build", "--layer", "gold", "--full-refresh", "--run-id", self.run_id])
        super().execute(context)


class GenerateOperator(LakeOperator):
    """Makes a synthetic delivery and lands it; skipped unless the run's parameter `generate` asks for it."""

    def execute(self, context: Any) -> None:  # noqa: ANN401 - as above
        """The same seed gives the same bytes, so a second try lands what is there already."""
        params = context["params"]
        if not params["generate"]:
            msg = "the parameter generate is off"
            raise AirflowSkipException(msg)
        options = ("rows", "days", "seed", "issue_rate")
        chosen = [part for name in options for part in (f"--{name.replace('_', '-')}", str(params[name]))]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, f"generated-{params['seed']}.csv")
            self.call(["generate", *chosen, str(file)])
            self.call(["land", str(file)])


class LandOperator(LakeOperator):
    """Lands the files that the run's parameter `files` names, out of the inbox; skipped where it names none.

    The inbox is the folder `LAKE_INBOX`, by default the project's examples: whoever may start a run can land what lies
    there and read nothing else by it.
    """

    def execute(self, context: Any) -> None:  # noqa: ANN401 - as above
        """Whole or not at all, as `lake land` does."""
        names = context["params"]["files"]
        if not names:
            msg = "the parameter files names none"
            raise AirflowSkipException(msg)
        inbox = Path(os.environ.get("LAKE_INBOX") or REPOSITORY / "examples").resolve()
        files = [(inbox / name).resolve() for name in names]
        for name, file in zip(names, files, strict=True):
            if not file.is_relative_to(inbox):
                msg = f"{name} lies outside the inbox: name files under LAKE_INBOX alone"
                raise AirflowFailException(msg)
        self.call(["land", *map(str, files)])


def environment() -> dict[str, str]:
    """What a command sees of this process's environment; the report is a task of its own."""
    passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    return {**passed, "LAKE_REPORT": "off"}


def cause_of(lines: Sequence[str], verb: str, code: int) -> str:
    """The one line that says why a command ended so: the last that `lake` itself said."""
    own = [line for line in lines if line.startswith("lake: ")]
    if own:
        return own[-1].removeprefix("lake: ")
    if code < 0:
        return f"lake {verb} was ended by signal {-code}; every table is whole, and the next try goes on"
    return next((line for line in reversed(lines) if line.strip()), f"lake {verb} ended with exit code {code}")
