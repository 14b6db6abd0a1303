"""A running scripts/thrift-server, and connections to it as clients make them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyhive import hive
from pyhive.exc import Error

from bench.bi_server import Endpoint
from bench.bi_settings import WARM_UP_ROUNDS

USER, PASSWORD = "ada", "correct-horse-battery-staple"


class Server(Endpoint):
    """The server with its supervisor, and a user; it warms up beside the tests where an option says so, not by itself."""

    def __init__(self, environment: Mapping[str, str], *options: str) -> None:
        super().__init__(environment, "--spark", f"{WARM_UP_ROUNDS}=0", *options)

    def connect(self, user: str = USER, password: str = PASSWORD, **settings: Any) -> hive.Connection:
        """A connection of PyHive's."""
        return super().connect(user, password, **settings)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a client of its own gets."""
        with self.connect() as connection:
            return ask(connection, query)


def ask(connection: hive.Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def refusal(connection: hive.Connection, statement: str) -> str | None:
    """What the server says instead of an answer, after checking that it is one line without Java; None for an answer."""
    try:
        ask(connection, statement)
    except Error as error:
        status = error.args[0].status
        said = str(status.errorMessage)
        assert not status.infoMessages, statement
        assert said, statement
        assert len(said.splitlines()) == 1, said
        java = ("Exception", "lakehouse.", "org.apache.", "\tat ")
        assert not any(word in said for word in java if word not in statement), said
        return said
    return None


def make_keystore(folder: Path) -> tuple[Path, str]:
    """A keystore with a key for 127.0.0.1, made by the command of docs/bi.md, and its password."""
    keystore = folder / "bi.p12"
    java = Path(os.environ["JAVA_HOME"], "bin", "keytool") if "JAVA_HOME" in os.environ else Path("keytool")
    command = [
        *(java, "-genkeypair", "-alias", "bi", "-keyalg", "RSA", "-keysize", "3072", "-validity", "365"),
        *("-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1", "-storetype", "PKCS12"),
        *("-keystore", keystore, "-storepass", "changed-it"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return keystore, "changed-it"
