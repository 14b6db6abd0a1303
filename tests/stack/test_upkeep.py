"""What docs/operate.md says of backup, restore and new passwords, command by command, on the stack that test_stack.py left."""

import base64
import re
import secrets
import shutil
from pathlib import Path

import pytest
from thrift.transport.TTransport import TTransportException

from lake.settings import REPOSITORY
from tests.stack.conftest import DAG, PROJECT, SECRETS, Stack, secret
from tests.stack.test_stack import PUBLISHED, assert_shown, land_one_more

PAGE = (REPOSITORY / "docs" / "operate.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.timeout(3600)


def block(heading: str) -> str:
    """The commands under a heading of the page."""
    found = re.search(rf"^## {heading}\n.*?^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def follow(stack: Stack, commands: str, backup: Path) -> str:
    """Do what the page says, with the names of this stack and its backup elsewhere; gives what was printed."""
    own = commands.replace("emissions-lakehouse_store", f"{PROJECT}_store")
    own = re.sub(r"\bbackup\b", str(backup), own)
    return stack.call("bash", "-euo", "pipefail", "-c", own)


def history(stack: Stack) -> int:
    """How many runs Airflow remembers."""
    return int(stack.asked("GET", f"/api/v2/dags/{DAG}/dagRuns")["total_entries"])


def test_what_was_backed_up_is_restored_on_an_empty_machine(stack: Stack, tmp_path: Path) -> None:
    assert_shown(stack)
    remembered = history(stack)
    follow(stack, block("Back up"), tmp_path / "backup")
    stack.call("scripts/down", "--volumes")
    # An empty machine has no secrets. What this checkout had comes back, whatever happens.
    kept = Path(shutil.move(SECRETS, tmp_path / "kept"))
    try:
        said = follow(stack, block("Restore"), tmp_path / "backup")
    finally:
        shutil.copytree(kept, SECRETS, dirs_exist_ok=True)
    assert re.search(r"silver\.emissions\W+yes", said), said
    assert_shown(stack)
    assert history(stack) == remembered
    land_one_more(stack, "restored")
    assert stack.ended(stack.trigger()) == "success"
    assert_shown(stack)


def test_every_secret_can_be_made_anew(stack: Stack) -> None:
    old = secret("bi_password")
    table = PAGE.partition("## Rotate credentials")[2].partition("\n## ")[0]
    names = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    # These two are made of others by scripts/up.
    assert names == {file.name for file in SECRETS.iterdir()} - {"airflow_logins", "airflow_database_url"}
    forgets_certificate = "docker compose exec bi rm /bi/keystore.p12"
    assert forgets_certificate in table
    stack.call(*forgets_certificate.split())
    for name in names:
        text = secrets.token_hex(24)
        if name == "airflow_fernet_key":
            text = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        (SECRETS / name).write_text(text, encoding="utf-8")
    stack.call("scripts/down")
    stack.call("scripts/up")
    assert_shown(stack)
    with pytest.raises(TTransportException):
        stack.rows(PUBLISHED, password=old)
    land_one_more(stack, "rotated")
    assert stack.ended(stack.trigger()) == "success"
    assert_shown(stack)
