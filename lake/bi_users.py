"""Who may ask the BI endpoint: a file of salted hashes that only its owner can read.

A line `name:pbkdf2-sha256:iterations:salt:hash` a user, salt and hash in Base64. The server reads it at each login
(spark_conf/java/lakehouse/PasswordFile.java), so a change counts at once and needs no restart.
"""

import base64
import hashlib
import os
import re
import secrets
import stat
from pathlib import Path

from lake.errors import LakeError, UsageError
from lake.replacing import replacing

METHOD = "pbkdf2-sha256"
# OWASP Password Storage Cheat Sheet, 2023: PBKDF2-HMAC-SHA256.
ITERATIONS = 600_000
SALT_BYTES = 16
FOR_ITS_OWNER = 0o600
LEAST_PASSWORD = 12
# What the server accepts, too.
MOST_PASSWORD = 1024
# No separator of the file, nothing that a log or a shell could take for something else.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


def names(file: Path) -> list[str]:
    """The users in the file, sorted; none where there is no file.

    Raises:
        LakeError: the file cannot be read, or others than its owner could.
    """
    return sorted(_entries(file))


def add(file: Path, name: str, password: str) -> bool:
    """Let a user in with this password, or give a known one another; whether the name is new.

    Raises:
        UsageError: the name or the password will not do.
        LakeError: the file cannot be read or written.
    """
    if not NAME.fullmatch(name):
        msg = f"{name!r} is no name for a user: give up to 64 ASCII letters, digits, dots, hyphens, underscores or @"
        raise UsageError(msg)
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        msg = f"a password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters"
        raise UsageError(msg)
    entries = _entries(file)
    salt = secrets.token_bytes(SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    fields = [METHOD, str(ITERATIONS), base64.b64encode(salt).decode(), base64.b64encode(digest).decode()]
    _write(file, {**entries, name: ":".join(fields)})
    return name not in entries


def remove(file: Path, name: str) -> None:
    """Let a user in no more.

    Raises:
        UsageError: there is no such user.
        LakeError: the file cannot be read or written.
    """
    entries = _entries(file)
    if name not in entries:
        msg = f"there is no user {name!r} in {file}. lake bi-user list shows who there is."
        raise UsageError(msg)
    del entries[name]
    _write(file, entries)


def _entries(file: Path) -> dict[str, str]:
    try:
        with file.open(encoding="utf-8") as lines:
            if stat.S_IMODE(os.fstat(lines.fileno()).st_mode) & 0o077:
                msg = f"{file} can be read or written by others: chmod 600 {file}"
                raise LakeError(msg)
            return dict(line.rstrip("\n").split(":", 1) for line in lines if ":" in line)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {file}: {error}"
        raise LakeError(msg) from error


def _write(file: Path, entries: dict[str, str]) -> None:
    """Put the whole file in the place of the old one, so that a login meets one or the other."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file, FOR_ITS_OWNER) as out:
            out.writelines(f"{name}:{entry}\n".encode() for name, entry in sorted(entries.items()))
    except OSError as error:
        msg = f"cannot write {file}: {error.strerror}"
        raise LakeError(msg) from error
