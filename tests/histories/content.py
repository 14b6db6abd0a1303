"""What deliveries of a random history hold: every draw comes from the `Random` given, so a seed names the bytes."""

import gzip
from collections.abc import Callable
from decimal import Decimal
from random import Random

from tests.conftest import HEADER

COLUMNS = HEADER.split(",")
DOMAINS = [f"site{number}.example" for number in range(12)]
# A shared stock of records, so that different deliveries bring the same ones.
COMMON_ROWS = 60
RECORD_IDS = 25

DEFECTS: list[Callable[[list[str]], None]] = [
    lambda row: row.__setitem__(0, "2025-7-1"),
    lambda row: row.__setitem__(0, "12/31/2999"),
    lambda row: row.__setitem__(1, " \u00a0"),
    lambda row: row.__setitem__(1, "nodot"),
    lambda row: row.__setitem__(2, "radio"),
    lambda row: row.__setitem__(3, ""),
    lambda row: row.__setitem__(3, "Atlantis"),
    lambda row: row.__setitem__(4, "300*600"),
    lambda row: row.__setitem__(5, "fridge"),
    lambda row: row.__setitem__(6, ""),
    lambda row: row.__setitem__(7, "1_000"),
    lambda row: row.__setitem__(8, "-0.5"),
    lambda row: row.__setitem__(9, "0.9"),
    lambda row: row.__setitem__(10, "guessed"),
]
UNREADABLE = [b"", b"a,b\n1,2\n", b'x"\xff', f"{HEADER},date\n".encode(), f'{HEADER}\n"open'.encode(), b"\x1f\x8b\x08"]


def delivery(random: Random, *, gz: bool) -> bytes:
    """A delivery of up to 40 records in any column order, line end and quoting, with or without ids and extras."""
    names = list(COLUMNS)
    if random.random() < 0.5:
        names.append("record_id")
    if random.random() < 0.3:
        names += ["campaign", "note"][: random.randint(1, 2)]
    order = random.sample(range(len(names)), len(names)) if random.random() < 0.4 else list(range(len(names)))
    ends = random.choice([["\n"], ["\r\n"], ["\n", "\r\n", "\r\n\n\r\n"]])
    lines = [_line([f" {names[place]}" if random.random() < 0.05 else names[place] for place in order], random)]
    for _ in range(random.choice([0, 1, 5, 20, 40])):
        record = _record(random)
        fields = [record[names[place]] for place in order]
        if random.random() < 0.02:
            fields.append("one field too many")
        lines.append(_line(fields, random))
    text = random.choice(["", "", "\ufeff"]) + "".join(line + random.choice(ends) for line in lines)
    if random.random() < 0.2:
        text = text.rstrip("\r\n")
    return zipped(text.encode(), gz=gz)


def unreadable(random: Random, *, gz: bool) -> bytes:
    """Bytes that reject a whole delivery."""
    content = random.choice(UNREADABLE)
    return content if gz and random.random() < 0.5 else zipped(content, gz=gz)


def zipped(content: bytes, *, gz: bool) -> bytes:
    """The same bytes for the same content, as a path's suffix wants them."""
    return gzip.compress(content, mtime=0) if gz else content


def _record(random: Random) -> dict[str, str]:
    """A record by column, mostly valid, often one that other deliveries bring too."""
    common = random.random() < 0.3
    row = _values(Random(random.randrange(COMMON_ROWS)) if common else random)
    if random.random() < 0.12:
        random.choice(DEFECTS)(row)
    return {
        **dict(zip(COLUMNS, row, strict=True)),
        "record_id": random.choice(["", "", " ", *(f"r{number}" for number in range(RECORD_IDS))]),
        "campaign": random.choice(["", "a \u2028 note", "\u0645\u0631\u062d\u0628\u0627"]),
        "note": "x",
    }


def _values(random: Random) -> list[str]:
    parts = [f"{random.randint(0, 10**6) / 10**7:.10f}" for _ in range(3)]
    day = random.randint(1, 28)
    return [
        random.choice([f"2025-07-{day:02d}", f"07/{day:02d}/2025", f"2025-08-{day:02d}"]),
        random.choice([*DOMAINS, "WWW.Site1.example.", "\u2003site2.example"]),
        random.choice(["audio", "banner", "Display", "native", "video"]),
        random.choice(["Germany", "DE", "usa", "UK", "NA", "Côte d'Ivoire", "ind"]),
        random.choice(["300x600", "728X90"]),
        random.choice(["mobile", "Phone", "desktop", "pc", "tablet"]),
        *parts,
        str(sum(map(Decimal, parts))),
        random.choice(["measured", "modeled"]),
    ]


def _line(fields: list[str], random: Random) -> str:
    if random.random() < 0.1:
        return ",".join('"' + field.replace('"', '""') + '"' for field in fields)
    return ",".join(fields)
