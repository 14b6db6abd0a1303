"""An HTTP proxy in front of a store that does harm on request: it forwards every byte, Host included, so signatures hold."""

import http.client
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class Harm(StrEnum):
    """What becomes of a request."""

    SWALLOW = "it is carried out, its answer is lost"
    RESET = "the connection is reset before it is carried out"
    HALF = "the connection is reset in the middle of the answer"
    ERROR_500 = "500"
    ERROR_503 = "503"
    HOLD = "it waits until it is let go"
    SLOW = "it waits for a moment"


@dataclass
class Request:
    """A request as a rule sees it."""

    method: str
    path: str
    headers: dict[str, str]

    @property
    def is_commit(self) -> bool:
        """Whether it puts an entry into a Delta log, if there is none of that name."""
        in_log = "/_delta_log/" in self.path and ".json" in self.path
        return self.method == "PUT" and in_log and self.headers.get("if-none-match") == "*"


@dataclass
class Proxy:
    """A proxy on a port of its own; `rule` says what becomes of each request, `done` what was done to which."""

    host: str
    port: int
    rule: Callable[[Request], Harm | None] = lambda _: None
    after: Callable[[Request, int], int] = lambda _, status: status
    done: list[tuple[Harm, str]] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Proxy":
        proxy = self

        class Handler(_Handler):
            of = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def harmless(self) -> None:
        """From now on forward everything."""
        self.rule = lambda _: None
        self.after = lambda _, status: status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    of: Proxy

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        body = self._body()
        request = Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        harm = self.of.rule(request)
        if harm is not None:
            self.of.done.append((harm, f"{self.command} {self.path}"))
        if harm == Harm.RESET:
            return self._cut()
        if harm in (Harm.ERROR_500, Harm.ERROR_503):
            return self._send(int(harm), [("Content-Length", "0")], b"")
        if harm == Harm.HOLD:
            self.of.held.set()
            self.of.let_go.wait()
        if harm == Harm.SLOW:
            threading.Event().wait(1.0)
        try:
            status, headers, content = self._forward(body)
        except (OSError, http.client.HTTPException):
            return self._cut()
        if harm == Harm.SWALLOW:
            return self._cut()
        if harm == Harm.HALF:
            self._send(status, headers, content[: len(content) // 2])
            return self._cut()
        said = self.of.after(request, status)
        if said != status:
            return self._send(said, [("Content-Length", "0"), ("ETag", '"0"')], b"")
        return self._send(status, headers, content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 - http.server's names

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        store = http.client.HTTPConnection(self.of.host, self.of.port, timeout=120)
        store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("transfer-encoding", "expect", "connection"):
                store.putheader(name, value)
        if "Content-Length" not in self.headers and body:
            store.putheader("Content-Length", str(len(body)))
        store.endheaders(body)
        answer = store.getresponse()
        content = answer.read()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() != "transfer-encoding"]
        if "content-length" not in {name.lower() for name, _ in headers}:
            headers.append(("Content-Length", str(len(content))))
        store.close()
        return answer.status, headers, content

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        try:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def _cut(self) -> None:
        self.close_connection = True
        try:
            # Nothing unsent is waited for: the other side sees a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
