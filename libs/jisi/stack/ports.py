"""Loopback ports: choosing free ones, seeing whether one is open."""

import random
import socket

from jisi.stack.errors import PortInUseError

LOOPBACK = "127.0.0.1"

_CHOICE = range(20_000, 32_000)
"""Below the ports the kernel gives to outgoing connections (from 32768 on Linux): while a server is down, a client that
tries to reach such a port again and again may be given that very port as its own, connect to itself and keep the server
out."""


def free_port() -> int:
    """Choose a loopback port nobody uses now; the server that gets it should take it soon."""
    for port in random.sample(_CHOICE, len(_CHOICE)):
        if is_free(port):
            return port
    raise PortInUseError(f"No loopback port between {_CHOICE.start} and {_CHOICE.stop} is free.")


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a closed connection is no listener
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def require_free(port: int, *, owner: str, setting: str) -> None:
    """Raise `PortInUseError` with what to do, unless the port is free."""
    if not is_free(port):
        raise PortInUseError(
            f"{owner} cannot start: port {port} on {LOOPBACK} is used by another process. End that one, or choose "
            f"another port with {setting} (0: any free one)."
        )


def is_open(port: int) -> bool:
    """Whether a server listens on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0 and probe.getsockname() != probe.getpeername()
