"""scripts/dbt: dbt in the lake's own session; whatever may write takes the lake's lock."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import click
from dbt.cli.exceptions import DbtUsageException
from dbt.cli.main import cli
from dbt_common.exceptions import DbtConfigError

from lake import jvm
from lake.causes import explained
from lake.errors import LakeError, UsageError
from lake.settings import Settings
from lake.stopping import StoppedError, stop_on_signals
from lake.storage import S3Path
from lake.transforms import invoke, point_to_project

# dbt's commands that leave the lake as it is; any other takes the lock, those of later versions of dbt too.
READING_VERBS = {"clean", "compile", "debug", "deps", "docs", "init", "list", "ls", "parse", "show", "source", "test"}
# What these leave out, the next run would not bring: the tables would claim more than they hold.
# As dbt/profiles.yml names it.
REMOTE_TARGET = "thrift"
PARTIAL_OPTIONS = ("empty", "sample", "event_time_start", "event_time_end")


@dataclass(frozen=True)
class Call:
    """A command of dbt as dbt itself understands it: `verb` is its first word, options also come from DBT_*."""

    verb: str
    options: dict[str, Any]

    @property
    def is_remote(self) -> bool:
        """Whether it works on the owner's endpoint and needs no session of its own."""
        return self.options.get("target") == REMOTE_TARGET

    @property
    def may_write(self) -> bool:
        """Whether it may change the lake; SQL and Jinja given on the command line may do anything."""
        return self.verb not in READING_VERBS or bool(self.options.get("inline"))


def main() -> None:
    """Run dbt with the given arguments; exit 0 done, 1 failed, 2 wrong usage, 3 the lake is held."""
    arguments = sys.argv[1:]
    logging.raiseExceptions = False
    stop_on_signals("dbt")
    try:
        settings = Settings()
        point_to_project(settings)
        code = _run(settings, arguments, understood(arguments))
    except click.exceptions.Exit as answered:  # --help, --version
        code = answered.exit_code
    except StoppedError as error:
        jvm.end()  # it may just have been on its way
        code = _fail(str(error), 1)
    except LakeError as error:
        code = _fail(str(error), error.exit_code)
    except Exception as error:
        code = _fail(explained(error), 1)
    sys.exit(code)


def understood(arguments: Sequence[str]) -> Call:
    """What dbt's own command line makes of the arguments.

    Raises:
        UsageError: dbt does not know a command or an option, or the lake cannot take one.
        click.exceptions.Exit: the arguments only asked for help, which is printed.
    """
    try:
        names, options = _parsed(list(arguments))
    except click.UsageError as error:
        text = (
            "give a command, such as build" if isinstance(error, click.exceptions.NoArgsIsHelpError) else error.message
        )
        msg = f"{text} (scripts/dbt --help lists what there is)"
        raise UsageError(msg) from error
    for option in PARTIAL_OPTIONS:
        if options.get(option):
            msg = f"--{option.replace('_', '-')} would leave rows out of the lake's own tables: omit it"
            raise UsageError(msg)
    if options.get("store_failures"):
        msg = "--store-failures needs a catalog that lasts; dbt show --select TEST prints the failing rows"
        raise UsageError(msg)
    return Call(names[0], options)


def _parsed(arguments: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The words of the command (`docs generate` has two) and the options of all its levels."""
    command: click.Command = cli
    context = cli.make_context("dbt", list(arguments))
    names: list[str] = []
    options = dict(context.params)
    rest = arguments
    while isinstance(command, click.Group):
        _, rest, _ = command.make_parser(context).parse_args(list(rest))
        name, found, rest = command.resolve_command(context, rest)
        command, names = found or command, [*names, str(name)]
        context = command.make_context(name, list(rest), parent=context)
        options |= context.params
    return names, options


def _run(settings: Settings, arguments: list[str], call: Call) -> int:
    from bronze.ledger import recover
    from lake.format import prepare
    from lake.lock import writing
    from lake.published import show
    from lake.session import open_session

    if call.is_remote and isinstance(settings.lake_path, S3Path):
        why = "on S3 who commits must hold the lake, and the server does not"
        msg = f"--target {REMOTE_TARGET} is for lakes on a local disk: {why}"
        raise UsageError(msg)
    with writing(settings.lake_path, f"dbt {call.verb}") if call.may_write else nullcontext():
        spark = None
        if not call.is_remote:
            spark = open_session(settings)
            if call.may_write:
                prepare(spark, settings.lake_path)
                recover(spark, settings.lake_path)
            show(spark, settings.lake_path)
        with _cleared(settings) if call.is_remote and call.may_write else nullcontext():
            result = invoke(spark, settings, arguments)
    if result.exception is not None:
        return _fail(
            explained(result.exception), 2 if isinstance(result.exception, DbtUsageException | DbtConfigError) else 1
        )
    return 0 if result.success else 1


@contextmanager
def _cleared(settings: Settings) -> Iterator[None]:
    """What models keep for each other ends with a session of the lake's own; the server would give it to the next call.

    Before it too, for a call that was killed. Where the server is away the call itself says so.
    """
    clear = ["--log-level", "none", "run-operation", "clear_kept", "--target", REMOTE_TARGET]
    invoke(None, settings, clear)
    try:
        yield
    finally:
        invoke(None, settings, clear)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"dbt: {' '.join(message.split())}\n")
    return code


if __name__ == "__main__":
    main()
