"""`lake bi-user`: who may ask the BI endpoint."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lake import bi_users
from lake.errors import UsageError
from lake.output import Json, print_json, print_line
from lake.settings import Settings

bi_user = typer.Typer(
    help="Who may ask the BI endpoint (scripts/thrift-server).\n\nExample: lake bi-user list", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name that the user logs in with.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Take the password from the first line of stdin, without asking.")
]
OfOwner = Annotated[bool, typer.Option("--owner", help="Of the owner's endpoint (scripts/thrift-server --owner).")]


@bi_user.command("add")
def add(name: Name, password_stdin: FromStdin = False, owner: OfOwner = False, as_json: Json = False) -> None:
    """Let a user in, or give a known one another password.

    Example: lake bi-user add ada
    """
    is_new = bi_users.add(_file(owner=owner), name, _password(name, from_stdin=password_stdin))
    _answer(as_json, name, _file(owner=owner), "can log in" if is_new else "has another password now")


@bi_user.command("remove")
def remove(name: Name, owner: OfOwner = False, as_json: Json = False) -> None:
    """Let a user in no more; a connection that is open stays until it is closed.

    Example: lake bi-user remove ada
    """
    bi_users.remove(_file(owner=owner), name)
    _answer(as_json, name, _file(owner=owner), "cannot log in any more")


@bi_user.command("list")
def names(owner: OfOwner = False, as_json: Json = False) -> None:
    """The users, one a line.

    Example: lake bi-user list
    """
    found = bi_users.names(_file(owner=owner))
    if as_json:
        print_json([{"user": name} for name in found])
    else:
        for name in found:
            print_line(name)


def _file(*, owner: bool) -> Path:
    return Settings().owner_users if owner else Settings().bi_users


def _password(name: str, *, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        msg = "there is no terminal to ask for the password: give it on stdin with --password-stdin"
        raise UsageError(msg)
    return str(typer.prompt(f"password of {name}", hide_input=True, confirmation_prompt="again", err=True))


def _answer(as_json: bool, name: str, file: Path, what: str) -> None:
    if as_json:
        print_json({"user": name, "file": str(file)})
    else:
        print_line(f"{name} {what}")
