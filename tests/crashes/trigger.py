"""When a victim dies: plain data, so that it travels on a command line."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Moment(StrEnum):
    """A moment in the work of a process; the trigger names the table."""

    BEFORE = "before the statement"
    DATA = "data written, not committed"
    COMMIT = "committed"
    AFTER = "after the statement"
    STAGED = "records staged"
    PLACE = "before a landed file is in place"
    PLACED = "after a landed file is in place"
    WRITTEN = "file written, not in place"
    MADE = "file in place"
    RANDOM = "random"
    MEMORY = "out of memory"


@dataclass(frozen=True)
class Trigger:
    """A moment in the work on a table, or for WRITTEN and MADE on the files of a folder of the lake.

    For RANDOM, so many statements and then so many milliseconds into the work.

    `python_alone` lets Java outlive Python: it is held up first, so that it cannot hurry to its end.
    """

    moment: Moment
    table: str = ""
    statements: int = 0
    milliseconds: int = 0
    python_alone: bool = False

    def to_json(self) -> str:
        """The trigger as one word of a command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Trigger":
        """The trigger that `to_json` wrote."""
        fields = json.loads(text)
        return Trigger(**{**fields, "moment": Moment(fields["moment"])})
