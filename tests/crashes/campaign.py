"""Kill, kill again, heal, compare: victims of the next lakes run while the warm session heals the one before."""

import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.crashes.places import Place, chosen, random_trigger
from tests.crashes.processes import Ended, victim
from tests.crashes.states import States, Subject, full_delivery
from tests.crashes.trigger import Moment, Trigger

REPORT = pytest.StashKey[str]()
VICTIMS_AT_ONCE = 2
# Most lakes are killed again while they heal, so many times.
AGAIN = (1, 0, 1, 1)
ATTEMPTS = 4
AGAIN_NAME = "run that heals"


@dataclass(frozen=True)
class Killed:
    """A lake after its kills: where they struck, and the command that was cut off first."""

    subject: Subject
    words: tuple[str, ...]
    kills: tuple[tuple[str, Moment], ...]


def killed_lakes(states: States, kills: int, folder: Path, tally: "Tally") -> Iterator[Killed]:
    """So many kills, on as many lakes as they need; each lake is the caller's to heal and to remove."""
    waiting: deque[Future[Killed]] = deque()
    with ThreadPoolExecutor(VICTIMS_AT_ONCE) as pool:
        for number, (place, again) in enumerate(_cases(kills, tally), start=1):
            # The name seeds what is random, so that no two sittings do the same.
            lake = folder / f"lake-{tally.sitting}-{number}"
            waiting.append(pool.submit(_kill, states[place.state], place, again, lake))
            if len(waiting) > VICTIMS_AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cases(kills: int, tally: "Tally") -> list[tuple[Place, int]]:
    """Places, and how many kills follow each on the same lake; in all just as many as asked for."""
    agains: list[int] = []
    while (left := kills - len(agains) - sum(agains)) > 0:
        agains.append(min(AGAIN[len(agains) % len(AGAIN)], left - 1))
    return list(zip(chosen(len(agains), tally.struck, Random(tally.sitting)), agains, strict=True))


def _kill(state: Subject, place: Place, again: int, folder: Path) -> Killed:
    subject = state.copy(folder)
    words = place.words
    random = Random(folder.name)
    if words == ("lake", "land"):
        words = (*words, *_files_to_land(subject, random))
    _until_killed(subject, place.trigger, words)
    kills = [(place.name, place.trigger.moment)]
    for _ in range(again):
        _until_killed(subject, random_trigger(random), ("lake", "run"))
        kills.append((AGAIN_NAME, Moment.RANDOM))
    return Killed(subject, words, tuple(kills))


def _until_killed(subject: Subject, trigger: Trigger, words: tuple[str, ...]) -> Ended:
    """Let victims loose until one is struck; who is through before a random moment is followed by one struck earlier."""
    for _ in range(ATTEMPTS):
        started = victim(subject.settings, trigger, words, subject.folder)
        ended = started.wait()
        started.wait_until_gone()
        if ended.was_killed:
            return ended
        assert trigger.moment == Moment.RANDOM, f"{words} never came to {trigger}: {ended}"
        assert ended.code == 0, ended
        trigger = replace(trigger, statements=max(1, trigger.statements // 4))
        subject.touch()
    msg = f"{words} was never killed"
    raise AssertionError(msg)


def _files_to_land(subject: Subject, random: Random) -> list[str]:
    """Two deliveries to land, one of them under a known path; whichever is in place after the kill is whole."""
    outside = subject.folder / "outside"
    outside.mkdir()
    files = []
    for path in ("a.csv", "z.csv"):
        file = outside / path
        file.write_bytes(full_delivery(random))
        files.append(str(file))
    return files


class Tally:
    """Kills by place and moment, kept in a file sitting by sitting: a campaign may take several of them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kills: Counter[tuple[str, Moment]] = Counter()
        self._lakes = 0
        self.struck = self._all_kills()
        self.sitting = len(self._sittings()) + 1

    def add(self, killed: Killed) -> None:
        """Count a lake that is healed."""
        self._kills.update(killed.kills)
        self._lakes += 1
        sittings = self._sittings()
        kills = [[name, moment, count] for (name, moment), count in sorted(self._kills.items())]
        sittings[f"sitting {self.sitting}"] = {"lakes": self._lakes, "kills": kills}
        self._file.write_text(json.dumps(sittings, indent=1), encoding="utf-8")
        self._file.with_suffix(".md").write_text(self.table(), encoding="utf-8")

    @property
    def count(self) -> int:
        """The kills of this sitting."""
        return self._kills.total()

    def table(self) -> str:
        """The report: kills of all sittings by place and moment, as a table to be pasted into docs/crashes.md."""
        kills = self._all_kills()
        lakes = sum(sitting["lakes"] for sitting in self._sittings().values())
        lines = [
            f"{kills.total()} kills on {lakes} lakes; after each the tables were",
            "readable, and every lake equalled the reference row for row after its next run.",
            "",
            "| place | kills | of these by moment |",
            "|---|---|---|",
        ]
        by_place: dict[str, dict[str, int]] = defaultdict(dict)
        for (name, moment), count in sorted(kills.items()):
            by_place[name][moment] = count
        for place, moments in by_place.items():
            by_moment = "; ".join(f"{moment} {count}" for moment, count in moments.items())
            lines.append(f"| {place} | {sum(moments.values())} | {by_moment} |")
        return "\n".join(lines) + "\n"

    def _sittings(self) -> dict[str, Any]:
        return json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}

    def _all_kills(self) -> Counter[tuple[str, str]]:
        kills: Counter[tuple[str, str]] = Counter()
        for sitting in self._sittings().values():
            kills.update({(name, moment): count for name, moment, count in sitting["kills"]})
        return kills
