# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks of the data plane against real servers."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest
from alicloud_sandbox.topology import Server

from sandbox.tests.world import OFF, QUICK, World, until


def status(world: World) -> dict[str, tuple[str, str]]:
    return {h.server_id: (h.status, h.reason_code) for h in world.plane.health()}


def test_unhealthy_servers_get_no_traffic_until_they_are_back(world: World) -> None:
    world.apply_group(health_check=QUICK)
    until(lambda: set(status(world).values()) == {("Normal", "")}, "both normal")
    assert set(world.who(4)) == {"one", "two"}
    world.backends[0].health_status = 500
    until(lambda: status(world)["i-one"] == ("Unhealthy", "RESPONSE_MISMATCH"), "one is unhealthy")
    until(lambda: set(world.who(2)) == {"two"}, "only two answers")
    world.backends[1].health_status = 500
    until(lambda: status(world)["i-two"][0] == "Unhealthy", "two is unhealthy as well")
    until(lambda: set(world.who(2)) == {"one", "two"}, "with none healthy, all of them answer")
    world.backends[0].health_status = world.backends[1].health_status = 200
    until(lambda: set(status(world).values()) == {("Normal", "")}, "both are back")


def test_first_success_counts_at_once(world: World) -> None:
    world.apply_group(health_check=replace(QUICK, interval=50.0, healthy_threshold=10))
    until(lambda: set(status(world).values()) == {("Normal", "")}, "normal after one check", 2.0)


@pytest.mark.parametrize(
    ("protocol", "answer", "reason"),
    [
        ("HTTP", None, "CONNECT_FAILED"),
        ("TCP", None, "CONNECT_FAILED"),
        ("HTTP", b"", "RECV_RESPONSE_FAILED"),
        ("HTTP", b"hello\r\n", "RESPONSE_FORMAT_ERROR"),
        ("HTTP", b"HTTP/1.1 404 Not Found\r\n\r\n", "RESPONSE_MISMATCH"),
        ("HTTPS", b"HTTP/1.1 200 OK\r\n\r\n", "CONNECT_FAILED"),
        ("HTTP", "wait", "RECV_RESPONSE_TIMEOUT"),
    ],
)
def test_reasons(world: World, protocol: str, answer: bytes | str | None, reason: str) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    kept = []

    def serve() -> None:
        while True:
            try:
                connection, _peer = server.accept()
            except OSError:
                return
            kept.append(connection)
            if isinstance(answer, bytes):
                connection.recv(4096)
                connection.sendall(answer)
                connection.close()

    if answer is None:
        server.close()
    else:
        threading.Thread(target=serve, daemon=True).start()
    check = replace(QUICK, protocol=protocol, timeout=0.2)
    world.apply_group(servers=(Server("i-x", "127.0.0.1", port),), health_check=check)
    until(lambda: status(world)["i-x"] == ("Unhealthy", reason), f"{reason}: {status(world)}")
    server.close()


def test_unused_and_unavailable_servers(world: World) -> None:
    world.apply_group(servers=(world.backends[0].as_server(0), world.backends[1].as_server()), health_check=QUICK)
    until(lambda: status(world) == {"i-one": ("Unused", ""), "i-two": ("Normal", "")}, "a weight of 0 is not checked")
    world.apply_group(health_check=OFF)
    assert status(world)["i-two"] == ("Unavailable", "")
