"""Ctrl-C and SIGTERM: a command ends within seconds and says what is safe.

A stop is a crash with a message. Each table changes by whole commits and the next run goes on from any of them, so
there is nothing to unwind: Java is ended first, then this process, while the lake's lock is still held by both.
"""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from lake import jvm

NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}
SHOW_CURSOR = "\r\x1b[2K\x1b[?25h"


class StoppedError(BaseException):
    """The command was stopped before it had started Java: it unwinds, so that its temporary files go. Exit 1."""


def stop_on_signals(program: str) -> None:
    """From now on Ctrl-C, SIGTERM and SIGHUP end this process with exit code 1 and one line on stderr."""

    def stop(number: int, _: FrameType | None) -> NoReturn:
        for name in NAMES:
            signal.signal(name, signal.SIG_IGN)
        message = f"stopped by {NAMES[signal.Signals(number)]}. Every table is whole; the next run goes on from there."
        if jvm.is_started():
            _end(f"{program}: {message}\n")
        raise StoppedError(message)

    for name in NAMES:
        # nohup and background jobs of a shell ignore some of them on purpose
        if signal.getsignal(name) != signal.SIG_IGN:
            signal.signal(name, stop)


def _end(line: str) -> NoReturn:
    """Say it, end Java, leave; other threads of this process may still want to complain, so they lose their voice."""
    clean = SHOW_CURSOR if os.isatty(2) else ""
    try:
        sys.stdout.flush()
        os.write(2, f"{clean}{line}".encode())
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        jvm.end()
        lease = sys.modules.get("lake.lease")  # only where one is held; a signal is no time to import
        if lease is not None:
            lease.give_up()
    finally:
        os._exit(1)
