"""The command line that all peers share.

usage: python -m bench.peers.NAME build|increment STATE --countries FILE --first-delivery N FILE...
       python -m bench.peers.NAME totals STATE
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Arrival:
    """What arrives: files in the order of their delivery ids, which rise from `first_delivery`.

    `countries` is a CSV file of `country_name` (lower case) and `country_code`.
    """

    files: tuple[Path, ...]
    first_delivery: int
    countries: Path


@dataclass(frozen=True)
class Peer:
    """What a peer can do; each function is given the folder of its state.

    Attributes:
        build: makes silver and the daily tables anew from all that arrives.
        increment: takes in what arrives after a build.
        totals: gives the document that `bench.totals.totals_of` reads.
    """

    build: Callable[[Path, Arrival], None]
    increment: Callable[[Path, Arrival], None]
    totals: Callable[[Path], dict[str, Any]]


def run(peer: Peer) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=("build", "increment", "totals"))
    parser.add_argument("state", type=Path)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--countries", type=Path, default=Path())
    parser.add_argument("--first-delivery", type=int, default=1)
    arguments = parser.parse_intermixed_args()
    if arguments.work == "totals":
        sys.stdout.write(json.dumps(peer.totals(arguments.state)) + "\n")
        return
    arguments.state.mkdir(parents=True, exist_ok=True)
    work = peer.build if arguments.work == "build" else peer.increment
    work(arguments.state, Arrival(tuple(arguments.files), arguments.first_delivery, arguments.countries))
