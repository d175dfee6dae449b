# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks of the data plane against real servers."""

from __future__ import annotations

import socket
import threading
import typing as t
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import grpc  # type: ignore[import-untyped]  # the package has no types
import pytest
from alicloud_sandbox.dataplane.health import _count, _State
from alicloud_sandbox.topology import Server

from sandbox.tests.support import wait_until
from sandbox.tests.world import OFF, QUICK, SERVER_CA, World

# HealthCheckResponse of grpc.health.v1
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"


def status(world: World) -> dict[str, tuple[str, str]]:
    return {h.server_id: (h.status, h.reason_code) for h in world.plane.health()}


def test_unhealthy_servers_get_no_traffic_until_they_are_back(world: World) -> None:
    world.apply_group(health_check=QUICK)
    wait_until(lambda: set(status(world).values()) == {("Normal", "")}, "both normal")
    assert set(world.who(4)) == {"one", "two"}
    world.backends[0].health_status = 500
    wait_until(lambda: status(world)["i-one"] == ("Unhealthy", "RESPONSE_MISMATCH"), "one is unhealthy")
    wait_until(lambda: set(world.who(2)) == {"two"}, "only two answers")
    world.backends[1].health_status = 500
    wait_until(lambda: status(world)["i-two"][0] == "Unhealthy", "two is unhealthy as well")
    wait_until(lambda: set(world.who(2)) == {"one", "two"}, "with none healthy, all of them answer")
    world.backends[0].health_status = world.backends[1].health_status = 200
    wait_until(lambda: set(status(world).values()) == {("Normal", "")}, "both are back")


def test_another_health_check_gives_a_server_its_traffic_back(world: World) -> None:
    """Until it is found unhealthy again; without a health check at once."""
    for another in (replace(QUICK, statuses=((500, 599),)), OFF):
        world.backends[0].health_status = 500
        world.apply_group(health_check=replace(QUICK, statuses=((200, 299),)))
        wait_until(lambda: set(world.who(2)) == {"two"}, "only two answers")
        world.backends[1].health_status = 500
        world.apply_group(health_check=another)
        wait_until(lambda: set(world.who(4)) == {"one", "two"}, "both answer")
        world.backends[1].health_status = 200


def test_a_new_server_passes_the_threshold_first(world: World) -> None:
    """One success is not enough: it takes as many checks in a row as for a server that comes back."""
    check = replace(QUICK, interval=50.0)
    world.apply_group(health_check=check)
    wait_until(lambda: all(backend.checked for backend in world.backends), "each was checked once")
    assert set(status(world).values()) == {("Initial", "")}
    world.apply_group(health_check=replace(check, interval=0.05))
    wait_until(lambda: set(status(world).values()) == {("Normal", "")}, "normal after two checks")


@pytest.mark.parametrize(
    ("checks", "status_then"),
    [("+", "Initial"), ("++", "Normal"), ("+-+", "Initial"), ("+-++", "Normal"), ("-", "Initial"), ("--", "Unhealthy"),
     ("-+-", "Initial"), ("-++", "Normal"), ("++-", "Normal"), ("++-+-", "Normal"), ("++--", "Unhealthy"),
     ("--+", "Unhealthy"), ("--++", "Normal")],
)  # fmt: skip
def test_thresholds(checks: str, status_then: str) -> None:
    """Two in a row, whatever the status was."""
    state = _State()
    for item in checks:
        _count(state, QUICK, "" if item == "+" else "RESPONSE_MISMATCH")
    assert state.status == status_then


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
        ("gRPC", None, "CONNECT_FAILED"),
        ("gRPC", b"", "RECV_RESPONSE_FAILED"),
        ("gRPC", b"HTTP/1.1 200 OK\r\n\r\n", "RESPONSE_FORMAT_ERROR"),
        ("gRPC", "wait", "RECV_RESPONSE_TIMEOUT"),
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
    wait_until(lambda: status(world)["i-x"] == ("Unhealthy", reason), f"{reason}: {status(world)}")
    server.close()


def test_unused_and_unavailable_servers(world: World) -> None:
    world.apply_group(servers=(world.backends[0].as_server(0), world.backends[1].as_server()), health_check=QUICK)
    wait_until(
        lambda: status(world) == {"i-one": ("Unused", ""), "i-two": ("Normal", "")}, "a weight of 0 is not checked"
    )
    world.apply_group(health_check=OFF)
    assert status(world)["i-two"] == ("Unavailable", "")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_version_of_http_is_a_choice(world: World, version: str) -> None:
    world.apply_group(health_check=replace(QUICK, http_version=version))
    wait_until(lambda: set(status(world).values()) == {("Normal", "")}, "both normal")
    assert {backend.checked for backend in world.backends} == {f"HTTP/{version}"}


@pytest.fixture
def grpc_server() -> Iterator[tuple[int, dict[str, bytes | grpc.StatusCode]]]:
    """The port of a gRPC server, and the answers of its methods: a message, or the status of an error."""
    answers: dict[str, bytes | grpc.StatusCode] = {"/grpc.health.v1.Health/Check": SERVING}

    def answer(path: str, context: grpc.ServicerContext) -> bytes:
        said = answers[path]
        if isinstance(said, bytes):
            return said
        context.set_code(said)
        return b""

    class Methods(grpc.GenericRpcHandler):  # type: ignore[misc]  # as above
        def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
            if call.method not in answers:
                return None
            return grpc.unary_unary_rpc_method_handler(lambda _request, context: answer(call.method, context))

    server = grpc.server(ThreadPoolExecutor(2), handlers=(Methods(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port, answers
    server.stop(None)


def test_grpc_servers_say_how_they_are(world: World, grpc_server: tuple[int, dict[str, t.Any]]) -> None:
    """With the server of gRPC's own library, and its client through the listener."""
    port, answers = grpc_server
    check = replace(QUICK, protocol="gRPC", method="POST", statuses=((0, 0),))
    server = Server("i-grpc", "127.0.0.1", port)
    world.apply_group(protocol="gRPC", servers=(server,), health_check=check)
    wait_until(lambda: status(world)["i-grpc"] == ("Normal", ""), f"serving: {status(world)}")
    for sick in (NOT_SERVING, grpc.StatusCode.UNAVAILABLE):
        answers["/grpc.health.v1.Health/Check"] = sick
        wait_until(lambda: status(world)["i-grpc"] == ("Unhealthy", "RESPONSE_MISMATCH"), f"{sick!r}: {status(world)}")
        answers["/grpc.health.v1.Health/Check"] = SERVING
        wait_until(lambda: status(world)["i-grpc"] == ("Normal", ""), "serving again")
    world.apply_group(health_check=replace(check, path="/shop.Shop/None", statuses=((1, 1), (10, 12))))
    wait_until(lambda: status(world)["i-grpc"] == ("Normal", ""), "the status of a method that there is not is 12")
    answers["/shop.Shop/Buy"] = b"sold"
    credentials = grpc.ssl_channel_credentials(SERVER_CA.pem.encode())
    names = [("grpc.ssl_target_name_override", "www.example.com"), ("grpc.enable_http_proxy", 0)]
    with grpc.secure_channel(f"{world.address}:{world.port}", credentials, names) as channel:
        assert channel.unary_unary("/shop.Shop/Buy")(b"one", timeout=60) == b"sold"
