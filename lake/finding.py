"""What `lake doctor` says of one thing that it looked at."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Finding:
    """One thing checked: how it is, and what was seen or, where it is not well, the cause and the way out."""

    check: str
    status: Status
    message: str

    @property
    def ok(self) -> bool:
        """Whether commands can work with it; a warning says what may go wrong later."""
        return self.status != "failure"


def well(check: str, message: str) -> Finding:
    """Nothing has to be done."""
    return Finding(check, "ok", message)


def warning(check: str, message: str) -> Finding:
    """It works now, and may not under load, later or for others."""
    return Finding(check, "warning", message)


def failure(check: str, message: str) -> Finding:
    """A command will fail, or mislead, until it is put right."""
    return Finding(check, "failure", message)
