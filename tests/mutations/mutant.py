"""What a mutant is, and how it is made of a file."""

from dataclasses import dataclass
from pathlib import Path


class StaleMutantError(Exception):
    """The text that a mutant changes no longer stands in its file as the catalogue says."""


@dataclass(frozen=True)
class Mutant:
    """One change that breaks the product.

    `old` stands in `file` once, or more often where `nth` (from 1) says which is meant. `tests` are arguments for
    pytest: the tests that must notice, and options for them.
    """

    id: str
    file: str
    old: str
    new: str
    breaks: str
    tests: tuple[str, ...]
    nth: int = 0

    def applied_to(self, text: str) -> str:
        """The file's text with the change.

        Raises:
            StaleMutantError: the old text is not there, or stands more often than the catalogue knows.
        """
        pieces = text.split(self.old)
        found = len(pieces) - 1
        if found == 0 or (found > 1 and not self.nth) or self.nth > found:
            wanted = f"at least {self.nth} times" if self.nth else "once"
            msg = (
                f"{self.id}: {self.file} holds {self.old!r} {found} times, not {wanted}: bring the catalogue up to date"
            )
            raise StaleMutantError(msg)
        at = self.nth or 1
        return self.old.join(pieces[:at]) + self.new + self.old.join(pieces[at:])

    def changed_text(self, root: Path) -> str:
        """The text of the mutant's file under `root`, with the change; errors as for `applied_to`."""
        file = root / self.file
        if not file.is_file():
            msg = f"{self.id}: there is no {self.file}: bring the catalogue up to date"
            raise StaleMutantError(msg)
        return self.applied_to(file.read_text(encoding="utf-8"))
