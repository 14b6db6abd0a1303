"""Ports that the product's servers listen on."""

import socket

# Where Spark's Thrift server, and every BI tool that looks for one, expects it.
THRIFT_PORT = 10_000
OWNER_PORT = 10_001


def why_taken(host: str, port: int) -> str | None:
    """Why a server could not listen on a port of an address; None where it could."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.strerror or str(error)
    return None
