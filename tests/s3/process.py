"""The test's side of `tests.s3.child`."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from lake.settings import REPOSITORY


class ChildError(Exception):
    """What the child answered instead of a result: one line, as a user would read it; `text` has all of it."""

    def __init__(self, answer: Mapping[str, str]) -> None:
        super().__init__(answer["error"])
        self.text = answer["text"]
        self.kind = answer["kind"]


class Child:
    """A process with a Spark session; it starts at once and is ready at the first answer."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.s3.child"],
            cwd=REPOSITORY,
            env={**os.environ, "LAKE_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx1g", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.process_id = self._process.pid
        self._is_ready = False

    def tell(self, do: str, **arguments: Any) -> None:
        """Let it do something; `answer` waits for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """What came of the oldest thing told."""
        if not self._is_ready:
            self._is_ready = True
            self._read()
        answer = self._read()
        if "error" in answer:
            raise ChildError(answer)
        return answer["answer"]

    def answer_after(self, act: Callable[[], None]) -> Any:
        """The answer that comes when something has been done to the child."""
        act()
        return self.answer()

    def ask(self, do: str, **arguments: Any) -> Any:
        """Let it do something and wait."""
        self.tell(do, **arguments)
        return self.answer()

    def sql(self, text: str) -> list[list[Any]]:
        """The rows of a statement."""
        rows: list[list[Any]] = self.ask("sql", text=text)
        return rows

    def close(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the child has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer
