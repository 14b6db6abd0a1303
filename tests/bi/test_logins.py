"""Who gets in: the file of users, TLS, and what the server refuses to start with."""

import os
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
import thrift_sasl
from pyhive import hive
from pyhive.hive import get_pure_sasl_client
from pyhive.sasl_compat import PureSASLClient
from thrift.transport import TSSLSocket, TTransport

from lake import bi_users
from lake.errors import LakeError, UsageError
from lake.settings import REPOSITORY
from tests.bi.conftest import add_user
from tests.bi.server import PASSWORD, USER, Server, ask, make_keystore

EVERYWHERE = "0.0.0.0"  # noqa: S104 - it must not listen there


@pytest.mark.parametrize(
    ("user", "password"),
    [
        (USER, "wrong-horse-battery-staple"),
        (USER, ""),
        (USER, "x"),
        ("bob", PASSWORD),
        ("", PASSWORD),
        ("ad", PASSWORD),
    ],
)
def test_others_do_not_get_in(server: Server, user: str, password: str) -> None:
    with pytest.raises((TTransport.TTransportException, ValueError)):
        server.connect(user, password or " ").close()


def test_nobody_gets_in_without_a_login(server: Server) -> None:
    with pytest.raises(TTransport.TTransportException):
        hive.connect("127.0.0.1", server.port)
    with pytest.raises((TTransport.TTransportException, OSError, EOFError)):
        hive.connect("127.0.0.1", server.port, auth="NOSASL")


def test_users_come_and_go_without_a_restart(server: Server, environment: dict[str, str]) -> None:
    users = Path(environment["LAKE_BI_USERS"])
    add_user(environment, "grace", "a first long password")
    assert ask(server.connect("grace", "a first long password"), "select current_user()") == [("grace",)]
    bi_users.add(users, "grace", "a second long password")
    with pytest.raises(TTransport.TTransportException):
        server.connect("grace", "a first long password")
    server.connect("grace", "a second long password").close()
    bi_users.remove(users, "grace")
    with pytest.raises(TTransport.TTransportException):
        server.connect("grace", "a second long password")
    server.connect().close()


def test_an_unknown_name_takes_as_long_as_a_known_one(server: Server) -> None:
    def seconds(user: str) -> float:
        times = []
        for number in range(4):
            started = time.monotonic()
            with pytest.raises(TTransport.TTransportException):
                server.connect(user, f"a wrong password {number}")
            times.append(time.monotonic() - started)
        return min(times)

    known, unknown = seconds(USER), seconds("nobody")
    assert 0.5 < known / unknown < 2, (known, unknown)


def test_no_password_is_in_any_log(server: Server, environment: dict[str, str]) -> None:
    logs = [path.read_text(errors="replace") for path in Path(environment["LAKE_URI"], "_logs").glob("*.log")]
    assert logs
    assert not any(PASSWORD in log or "wrong-horse" in log for log in (*logs, *server.lines))
    assert PASSWORD not in Path(environment["LAKE_BI_USERS"]).read_text()


def test_the_file_of_users(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "users"
    assert bi_users.names(file) == []
    assert bi_users.add(file, "b@example", PASSWORD)
    assert bi_users.add(file, "a", PASSWORD)
    assert not bi_users.add(file, "a", PASSWORD), "known already"
    assert bi_users.names(file) == ["a", "b@example"]
    assert file.stat().st_mode & 0o777 == 0o600
    hashes = [line.split(":")[-1] for line in file.read_text().splitlines()]
    assert len(set(hashes)) == 2, "each has a salt of its own"
    for name in ("", "a:b", "a b", "../a", "ä", "a\n", "-a", "a" * 65):
        with pytest.raises(UsageError, match="no name"):
            bi_users.add(file, name, PASSWORD)
    for password in ("short", "x" * 1025):
        with pytest.raises(UsageError, match="12 to 1024"):
            bi_users.add(file, "c", password)
    with pytest.raises(UsageError, match="no user 'c'"):
        bi_users.remove(file, "c")
    bi_users.remove(file, "a")
    assert bi_users.names(file) == ["b@example"]
    assert [path.name for path in file.parent.iterdir()] == ["users"], "no part is left"
    file.chmod(0o644)
    with pytest.raises(LakeError, match="chmod 600"):
        bi_users.names(file)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--host", EVERYWHERE), "needs TLS"),
        (("--host", EVERYWHERE, "--insecure"), "127.0.0.1 alone"),
        (("--hive", "hive.server2.authentication=NOSASL"), "LDAP, or leave it out"),
        (("--hive", "hive.server2.enable.doAs=true"), "give hive.server2.authentication"),
        (("--hive", "hive.server2.custom.authentication.class=evil"), "give hive.server2.authentication"),
    ],
)
def test_it_does_not_start_open_to_strangers(environment: dict[str, str], options: tuple[str, ...], says: str) -> None:
    done = start(environment, *options)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert says in done.stderr


def test_it_says_why_it_does_not_start(environment: dict[str, str], tmp_path: Path) -> None:
    assert "has no users" in start({**environment, "LAKE_BI_USERS": str(tmp_path / "none")}).stderr
    assert "there is no lake at" in start({**environment, "LAKE_URI": str(tmp_path / "none")}).stderr
    assert "no such file" in start({**environment, "LAKE_BI_KEYSTORE": str(tmp_path / "none")}).stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "--port takes another port" in start(environment, "--port", str(taken.getsockname()[1])).stderr


def start(environment: dict[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    command = [REPOSITORY / "scripts" / "thrift-server", *options]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


@pytest.mark.long
def test_tls(environment: dict[str, str], tmp_path: Path) -> None:
    """A client that trusts the certificate gets in; one that trusts others does not, nor one without TLS."""
    keystore, password = make_keystore(tmp_path)
    secured = Server({**environment, "LAKE_BI_KEYSTORE": str(keystore), "LAKE_BI_KEYSTORE_PASSWORD": password})
    try:
        assert "with TLS" in secured.wait_for("listening")
        words = Path(f"/proc/{secured.java}/cmdline").read_bytes()
        assert password.encode() not in words
        certificate = tmp_path / "bi.pem"
        certificate.write_text(ssl.get_server_certificate(("127.0.0.1", secured.port)))
        with hive.connect(thrift_transport=tls(secured.port, certificate)) as connection:
            assert ask(connection, "select 1") == [(1,)]
        with pytest.raises(TTransport.TTransportException):
            wire(secured.port, None).open()
        with pytest.raises((TTransport.TTransportException, OSError, EOFError)):
            secured.connect()
    finally:
        assert secured.stop() == 0


def wire(port: int, trusted: Path | None) -> TSSLSocket.TSSLSocket:
    """TLS that trusts this certificate, or those of the machine."""
    context = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    return TSSLSocket.TSSLSocket("127.0.0.1", port, ssl_context=context)


def tls(port: int, trusted: Path) -> thrift_sasl.TSaslClientTransport:
    """A transport of PyHive's over TLS."""

    def client() -> PureSASLClient:
        return get_pure_sasl_client("127.0.0.1", "PLAIN", username=USER, password=PASSWORD)

    return thrift_sasl.TSaslClientTransport(client, "PLAIN", wire(port, trusted))
