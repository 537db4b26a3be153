"""Choosing loopback ports."""

import socket

import pytest
from jisi.stack.errors import PortInUseError
from jisi.stack.ports import LOOPBACK, free_port, is_free, is_open, require_free


def test_a_chosen_port_is_free_and_none_the_kernel_gives_away() -> None:
    """The port can be bound, and lies below those of outgoing connections."""
    port = free_port()

    assert is_free(port)
    assert not is_open(port)
    assert port < 32_768


def test_a_port_in_use_is_seen_and_told() -> None:
    """A port somebody listens on is open, not free, and refused with what to do."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]

        assert is_open(port)
        assert not is_free(port)
        with pytest.raises(
            PortInUseError, match=f"Kafka cannot start: port {port} .* choose another port with SETTING"
        ):
            require_free(port, owner="Kafka", setting="SETTING")


def test_the_port_of_a_closed_connection_is_free() -> None:
    """A server that just ended can be started again at once, though its connections linger in the kernel."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((LOOPBACK, port)):
            accepted, _ = server.accept()
            accepted.close()  # the side that closes first keeps the port in TIME_WAIT

    assert is_free(port)
