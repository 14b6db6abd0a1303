"""What a run tells of each model, seed and test that dbt has finished."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """A finished node: its place among those of the run, how it ended (`success`, `pass`, ...), its time."""

    name: str
    kind: str
    status: str
    seconds: float
    number: int
    total: int

    @property
    def line(self) -> str:
        """The node as a line of a log."""
        return (
            f"{self.number:>3} of {self.total}  {self.kind:<5} {self.name:<45} {self.status:<7} {self.seconds:7.2f} s"
        )
