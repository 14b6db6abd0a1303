"""Enters the BI endpoint of this machine in Superset as the database `lake`, or its new password or port.

usage: scripts/superset connect NAME [PORT]; the password is asked for, or taken from the first line of stdin.
"""

import getpass
import sys

from sqlalchemy.engine import URL
from superset import db
from superset.app import create_app
from superset.utils.database import get_or_create_db

PORT = 10_000


def main() -> None:
    """Enter it."""
    match sys.argv[1:]:
        case [name]:
            port = PORT
        case [name, given]:
            port = int(given)
        case _:
            sys.exit("usage: scripts/superset connect NAME [PORT]")
    password = getpass.getpass(f"password of {name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    address = URL.create("hive", name, password, "127.0.0.1", port, "published", {"auth": "CUSTOM"})
    with create_app().app_context():
        get_or_create_db("lake", address.render_as_string(hide_password=False))
        db.session.commit()
    sys.stdout.write(f"superset: the database lake is published at 127.0.0.1:{port}, as {name}\n")


main()
