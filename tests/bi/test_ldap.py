"""Who gets in where a directory knows the users: those whom it takes, by their own password, and nobody while it is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import thrift_sasl
from pyhive import hive
from thrift.transport import TSocket, TTransport

from lake import bi_users
from tests.bi.conftest import add_user
from tests.bi.directory import PEOPLE, Directory, running_directory
from tests.bi.server import PASSWORD, Server, ask, refusal

GRACE = "grace's own long password"
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def directory() -> Iterator[Directory]:
    with running_directory({"grace": GRACE, "linus": "another long password"}) as made:
        yield made


@pytest.fixture(scope="module")
def by_ldap(environment: dict[str, str], directory: Directory) -> Iterator[Server]:
    """The endpoint as docs/bi.md starts it for a directory."""
    settings = {"": "LDAP", ".ldap.url": f"ldap://127.0.0.1:{directory.port}", ".ldap.baseDN": PEOPLE}
    options = [
        word for name, text in settings.items() for word in ("--hive", f"hive.server2.authentication{name}={text}")
    ]
    made = Server(environment, *options)
    assert "LDAP login" in made.wait_for("listening")
    yield made
    assert made.stop() == 0


def test_who_is_in_the_directory_gets_in_and_reads_what_is_published(by_ldap: Server) -> None:
    with by_ldap.connect("grace", GRACE) as connection:
        assert ask(connection, "select current_user()") == [("grace",)]
        assert ask(connection, "select sum(record_count) > 0 from daily_emissions") == [(True,)]
        assert refusal(connection, "select * from silver.emissions") is not None


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("grace", "another long password"),
        ("grace", " "),
        ("nobody", GRACE),
        ("*", GRACE),
        ("grace*", GRACE),
        (f"grace,{PEOPLE}", "wrong"),
        ("(uid=grace)", GRACE),
        ("linus", GRACE),
    ],
)
def test_others_do_not_get_in(by_ldap: Server, user: str, password: str) -> None:
    with pytest.raises(TTransport.TTransportException):
        by_ldap.connect(user, password).close()


class Plain:
    """A client that says what it is told, also what no well-behaved one would."""

    def __init__(self, message: bytes) -> None:
        self.message = message

    def init(self) -> bool:
        """Ready at once."""
        return True

    def start(self, _: str) -> tuple[bool, str, bytes]:
        """The way of logging in, and what is said first."""
        return True, "PLAIN", self.message

    def getError(self) -> str:  # noqa: N802 - called so by thrift_sasl
        """Nothing went wrong."""
        return ""


@pytest.mark.parametrize("message", [b"\0grace\0", b"\0\0", b"\0grace", b"\0\0" + GRACE.encode(), b"linus\0grace\0"])
def test_nobody_gets_in_without_a_password(by_ldap: Server, message: bytes) -> None:
    """To a directory a name without a password is an anonymous visitor, whom it greets."""
    wire = TSocket.TSocket("127.0.0.1", by_ldap.port)
    transport = thrift_sasl.TSaslClientTransport(lambda: Plain(message), "PLAIN", wire)
    with pytest.raises((TTransport.TTransportException, EOFError, OSError)):
        hive.connect(thrift_transport=transport).close()


def test_the_file_of_users_does_not_count(by_ldap: Server, environment: dict[str, str]) -> None:
    add_user(environment, "mallory", PASSWORD)
    try:
        with pytest.raises(TTransport.TTransportException):
            by_ldap.connect("mallory", PASSWORD)
    finally:
        bi_users.remove(Path(environment["LAKE_BI_USERS"]), "mallory")


def test_while_the_directory_is_away_nobody_gets_in_and_who_is_in_goes_on(
    by_ldap: Server, directory: Directory
) -> None:
    with by_ldap.connect("grace", GRACE) as connection:
        directory.stop()
        try:
            with pytest.raises(TTransport.TTransportException):
                by_ldap.connect("grace", GRACE)
            assert ask(connection, "select 1") == [(1,)]
        finally:
            directory.start()
    assert ask(by_ldap.connect("grace", GRACE), "select 1") == [(1,)]
