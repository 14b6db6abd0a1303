"""Replay a history: every step is given to the product and to the reference, every run is compared."""

import copy
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path
from random import Random
from unittest.mock import patch

from bronze.ledger import undo_withdrawal, withdraw
from lake.runs import Steps, new_run_id
from lake.unchanged import record_unchanged
from lake.verify import verify
from tests import places
from tests.conftest import TestLake
from tests.histories.comparing import REJECTED, assert_conserved, assert_equal_to_reference
from tests.histories.content import delivery, unreadable
from tests.histories.history import How, Kind, Run, Step
from tests.reference.history import ReferenceLake


@dataclass
class Source:
    """One history's part of a lake: a folder of landing, what was delivered there so far, and what still lies there."""

    folder: str = ""
    contents: dict[str, list[bytes]] = field(default_factory=dict)
    present: dict[str, bytes] = field(default_factory=dict)


class Replay:
    """Histories under way: a real lake in its folder, the reference beside it, and one source or several."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = TestLake(folder)
        self.reference = ReferenceLake()
        self.sources = [Source()]
        self.compared: list[How] = []

    def replay(self, runs: Iterable[Run], *beside: Iterable[Run]) -> None:
        """Take every run with its steps, and compare after each; histories beside it land their steps for its runs."""
        self.sources += [Source(f"beside-{number}/") for number in range(len(self.sources), 1 + len(beside))]
        for run, *others in zip_longest(runs, *beside, fillvalue=Run(())):
            for number, each in enumerate((run, *others)):
                for step in each.steps:
                    self.take(step, number)
            self.run(run.how)

    def take(self, step: Step, source_number: int = 0) -> None:
        """One step of a source; nothing where there is nothing yet that it could concern."""
        source = self.sources[source_number]
        random = Random(step.seed)
        known = sorted(source.contents)
        present = sorted(source.present)
        match step.kind:
            case Kind.NEW:
                path = self._new_path(source, random)
                self._put(source, path, delivery(random, gz=path.endswith(".gz")))
            case Kind.CORRECTED if known:
                path = known[step.which % len(known)]
                self._put(source, path, delivery(random, gz=path.endswith(".gz")))
            case Kind.REPEATED if present:
                self._copy(source, present[step.which % len(present)], random)
            case Kind.RENAMED if present:
                path = present[step.which % len(present)]
                self._copy(source, path, random)
                self._remove(source, path)
            case Kind.RETURNED if known:
                path = known[step.which % len(known)]
                self._put(source, path, random.choice(source.contents[path]))
            case Kind.TOUCHED if present:
                path = present[step.which % len(present)]
                self._put(source, path, source.present[path])
            case Kind.VANISHED if present:
                self._remove(source, present[step.which % len(present)])
            case Kind.UNREADABLE:
                path = random.choice([self._new_path(source, random), *known])
                self._put(source, path, unreadable(random, gz=path.endswith(".gz")))
            case Kind.WITHDRAWN | Kind.UNDONE:
                self._withdraw_or_undo(source, step)
            case _:
                pass

    def run(self, how: How = How.RUN) -> None:
        """Run both, and compare everything."""
        # Files may have been landed a moment ago; the steps of a history are further apart than a clock is coarse.
        with self.lake.as_large() if how == How.AS_LARGE else nullcontext(), patch("bronze.ingest.RACY_NANOSECONDS", 0):
            account = self._drive(how)
            if how == How.RUN and not places.is_on_s3():
                again = self._drive_without_spark()
                assert again is not None
                assert again == account | {"run_id": again["run_id"]}
        self.reference.ingest(_today())
        assert_conserved(account, self.reference)
        assert_equal_to_reference(self.lake, self.reference)
        if how == How.VERIFIED:
            self._verify()
        self.compared.append(how)

    def fork(self, folder: Path) -> "Replay":
        """A copy that goes on by itself; this one stays as it is, and must be closed before the copy is used."""
        places.copied(self.folder, folder)
        fork = copy.copy(self)
        fork.folder, fork.reference = folder, copy.deepcopy(self.reference)
        fork.sources = copy.deepcopy(self.sources)
        fork.compared = []
        return fork

    def open(self) -> None:
        """Let the session see this lake."""
        self.lake = TestLake(self.folder)

    def close(self) -> None:
        """Forget the lake and its files."""
        self.lake.close()
        places.removed(self.folder)

    def _drive(self, how: How) -> dict[str, object]:
        match how:
            case How.INGEST_THEN_BUILD:
                self.lake.ingest()
                return self.lake.run(ingest=False).conservation
            case How.BY_LAYER:
                self.lake.ingest()
                self.lake.run(ingest=False, layer="silver")
                return self.lake.run(ingest=False, layer="gold").conservation
            case How.RUN:
                return self._drive_without_spark() or self.lake.run().conservation
            case _:
                return self.lake.run(full_refresh=how == How.FULL_REFRESH).conservation

    def _drive_without_spark(self) -> dict[str, object] | None:
        """The account of a run that finds no news; None where there may be some."""
        report = record_unchanged(self.lake.settings, new_run_id(), Steps())
        return report.conservation if report is not None else None

    def _verify(self) -> None:
        """Recompute a copy of the lake, since the session that verifies must not have opened it."""
        going_on = self.fork(self.folder.with_name(f"{self.folder.name}-on"))
        verified = self.fork(self.folder.with_name(f"{self.folder.name}-verified"))
        self.close()
        verified.lake = TestLake(verified.folder, register=False)
        differing = [item for item in verify(verified.lake.settings) if not item.is_equal]
        verified.close()
        assert not differing
        self.folder = going_on.folder
        self.open()

    def _new_path(self, source: Source, random: Random) -> str:
        folder = random.choice(["", "a/", "b/", "Ä ü%20#/"])
        suffix = random.choice(["", ".gz"])
        return f"{source.folder}{folder}{len(source.contents)}-{random.randrange(1000)}.csv{suffix}"

    def _copy(self, source: Source, path: str, random: Random) -> None:
        """The same bytes under a new path; the suffix stays, since it says how they are packed."""
        target = self._new_path(source, random).removesuffix(".gz") + (".gz" if path.endswith(".gz") else "")
        self._put(source, target, source.present[path])

    def _put(self, source: Source, path: str, content: bytes) -> None:
        self.lake.put(path, content)
        self.reference.put(path, content)
        source.contents.setdefault(path, []).append(content)
        source.present[path] = content

    def _remove(self, source: Source, path: str) -> None:
        (self.lake.settings.landing_path / path).unlink()
        self.reference.remove(path)
        del source.present[path]

    def _withdraw_or_undo(self, source: Source, step: Step) -> None:
        """Only versions that a run has recorded can be taken back."""
        accepted = {str(row["path"]) for row in self.reference.deliveries() if row["status"] != REJECTED}
        recorded = sorted(accepted.intersection(source.contents))
        if not recorded:
            return
        path = recorded[step.which % len(recorded)]
        if step.kind == Kind.WITHDRAWN:
            withdraw(self.lake.spark, path)
            self.reference.withdraw(path)
        else:
            undo_withdrawal(self.lake.spark, path, "undo")
            self.reference.undo(path, _today())


def _today() -> date:
    return datetime.now(UTC).date()
