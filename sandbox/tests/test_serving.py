# SPDX-License-Identifier: GPL-3.0-or-later
"""Control plane and data plane together: what an API call says is what curl sees."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import threading
import typing as t
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from alicloud_sandbox.testing import Sandbox, free_port

from sandbox.tests.support import ACCOUNT, Pair, Sdk, listener_params, make_pair, wait_until
from sandbox.tests.world import issue


class Backend(BaseHTTPRequestHandler):
    """Answers hello, with its port and the HTTP version of the request in headers, and sets a cookie."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Port", str(self.connection.getsockname()[1]))
        self.send_header("Set-Cookie", "app=1")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def do_HEAD(self) -> None:
        self.server.checked.add(self.request_version)  # type: ignore[attr-defined]  # a set of the test
        self.do_GET()

    def log_message(self, *_arguments: t.Any) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    """A server for many clients at once."""

    request_queue_size = 64
    checked: set[str]  # versions of HTTP of the health checks


@contextmanager
def backend(checked: set[str] | None = None) -> Iterator[int]:
    """A web server; yields its port."""
    server = Server(("127.0.0.1", 0), Backend)
    server.checked = set() if checked is None else checked
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def serving() -> Iterator[tuple[Sandbox, Sdk]]:
    """A sandbox with a data plane."""
    with Sandbox(data_plane="nginx", delay=0) as sandbox:
        sandbox.seed(**ACCOUNT)
        yield sandbox, Sdk(sandbox)


def address_of(sdk: Sdk, balancer: str) -> str:
    """Returns the address of a load balancer."""
    found = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)
    return str(found["ZoneMappings"][0]["LoadBalancerAddresses"][0]["Address"])


def group_of(sdk: Sdk, port: int, **changes: t.Any) -> str:
    """A server group with the backend in it."""
    group = sdk.group(**changes)
    servers = [{"ServerId": "i-1", "ServerType": "Ecs", "Port": port}]
    sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=servers)
    return group


def mutual(sdk: Sdk, balancer: str, group: str, server: Pair, ca: str) -> str:
    """A listener on port 443 that lets in clients of a CA."""
    answer = sdk.listener(
        balancer,
        group,
        ListenerProtocol="HTTPS",
        ListenerPort=443,
        Certificates=[{"CertificateId": sdk.certificate(server)}],
        CaEnabled=True,
        CaCertificates=[{"CertificateId": ca}],
    )
    return str(answer["ListenerId"])


def curl(address: str, *options: str) -> str:
    """Body of https://www.example.com at this address, or the HTTP status if it is not 200."""
    command = ["curl", "-sk", "--noproxy", "*", "--max-time", "60", "-w", "|%{http_code}"]
    command += ["--resolve", f"www.example.com:443:{address}", *options, "https://www.example.com/"]
    body, _, status = subprocess.run(command, capture_output=True, text=True).stdout.rpartition("|")
    return body if status == "200" else status


def test_a_listener_is_there_when_its_job_is_done(
    serving: tuple[Sandbox, Sdk], server_pair: Pair, ca_pair: Pair, tmp_path: Path
) -> None:
    """With mutual authentication, without, and again after both planes were killed and the control plane came back."""
    sandbox, sdk = serving
    (tmp_path / "client.crt").write_text(ca_pair.pem)  # a CA is also a client that it trusts
    (tmp_path / "client.key").write_text(ca_pair.key_pem)
    client = ("--cert", str(tmp_path / "client.crt"), "--key", str(tmp_path / "client.key"))
    with backend() as port:
        balancer = sdk.balancer()
        address = address_of(sdk, balancer)
        listener = mutual(sdk, balancer, group_of(sdk, port), server_pair, sdk.ca(ca_pair))
        assert (curl(address), curl(address, *client)) == ("400", "hello")
        sdk.write("UpdateListenerAttribute", ListenerId=listener, CaEnabled=False)
        assert curl(address) == "hello"
        sandbox.kill9()
        assert curl(address) == "hello", "the data plane serves without the control plane"
        sandbox.restart()
        assert curl(address) == "hello"
        sdk.write("StopListener", ListenerId=listener)
        assert curl(address) == "000"
        sdk.write("StartListener", ListenerId=listener)
        assert curl(address) == "hello"
        sdk.write("DeleteListener", ListenerId=listener)
        assert curl(address) == "000"


def test_additional_certificates_and_sticky_sessions_are_served(serving: tuple[Sandbox, Sdk]) -> None:
    _sandbox, sdk = serving
    balancer = sdk.balancer()
    address = address_of(sdk, balancer)
    names = ("www.example.com", "shop.example.com")
    default, extra = (sdk.certificate(make_pair(name), name.partition(".")[0]) for name in names)
    chosen = [{"CertificateId": extra}]

    def shown() -> str:
        command = ["openssl", "s_client", "-connect", f"{address}:443", "-servername", names[1]]
        done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
        return next(line for line in done.stdout.splitlines() if line.startswith("subject")).rpartition(" ")[2]

    with backend() as port:
        group = group_of(sdk, port)
        listener = sdk.listener(
            balancer, group, ListenerProtocol="HTTPS", ListenerPort=443, Certificates=[{"CertificateId": default}]
        )["ListenerId"]
        assert shown() == names[0]
        sdk.write("AssociateAdditionalCertificatesWithListener", ListenerId=listener, Certificates=chosen)
        assert shown() == names[1]
        sdk.write("DissociateAdditionalCertificatesFromListener", ListenerId=listener, Certificates=chosen)
        assert shown() == names[0]
        assert "SERVERID" not in curl(address, "-i")
        sticky = {"StickySessionEnabled": True, "CookieTimeout": 60}
        sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, StickySessionConfig=sticky)
        assert "Max-Age=60" in curl(address, "-i")


def test_options_of_a_server_group_are_served(serving: tuple[Sandbox, Sdk]) -> None:
    _sandbox, sdk = serving
    balancer, checked = sdk.balancer(), set[str]()
    address = address_of(sdk, balancer)

    def ports(query: str, times: int) -> list[str]:
        command = ["curl", "-s", "--noproxy", "*", "-w", "%header{x-port} "]
        urls = [f"http://{address}/?{query.format(number)}" for number in range(times)]
        words = [word for url in urls for word in ("-o", "/dev/null", url)]
        return subprocess.run([*command, *words], capture_output=True, text=True, check=True).stdout.split()

    with backend(checked) as one, backend() as two:
        check = {"HealthCheckEnabled": True, "HealthCheckHttpVersion": "HTTP1.0", "HealthCheckInterval": 1}
        group = group_of(sdk, one, HealthCheckConfig=check, Scheduler="Sch")
        second = [{"ServerId": "i-1", "ServerType": "Ecs", "Port": two}]
        sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=second)
        sdk.listener(balancer, group)
        assert len(set(ports("user={}", 12))) == 1
        hashed = {"Type": "QueryString", "Value": "user"}
        sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, UchConfig=hashed)
        assert set(ports("user={}", 16)) == {str(one), str(two)}
        assert len(set(ports("user=1&x={}", 6))) == 1
        sticky = {"StickySessionEnabled": True, "StickySessionType": "Server", "Cookie": "app"}
        sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, StickySessionConfig=sticky)
        seen = subprocess.run(["curl", "-si", f"http://{address}/"], capture_output=True, text=True, check=True).stdout
        assert "alb_sticky_" in seen
        assert "Max-Age" not in seen
        wait_until(lambda: checked == {"HTTP/1.0"}, f"health checks: {checked}")


def test_a_change_that_cannot_be_served_fails_its_job(serving: tuple[Sandbox, Sdk]) -> None:
    _sandbox, sdk = serving
    balancer = sdk.balancer()
    address = address_of(sdk, balancer)
    group = sdk.group()
    with socket.create_server((address, 8080)):
        answer = sdk("alb", "CreateListener", **listener_params(balancer, group, ListenerPort=8080))
        job = sdk.job(answer)
    assert (job["Status"], job["ErrorCode"]) == ("Failed", "InternalError")
    assert f"{address}:8080" in job["ErrorMessage"]
    assert sdk("alb", "ListListeners")["Listeners"] == []
    assert sdk.listener(balancer, group, ListenerPort=8080)["ListenerId"]


def test_unhealthy_servers_are_reported(serving: tuple[Sandbox, Sdk]) -> None:
    _sandbox, sdk = serving
    check = {
        "HealthCheckEnabled": True,
        "HealthCheckInterval": 1,
        "HealthCheckTimeout": 1,
        "HealthyThreshold": 2,
        "UnhealthyThreshold": 2,
    }
    closed = free_port()
    group = group_of(sdk, closed, HealthCheckConfig=check)
    listener = sdk.listener(sdk.balancer(), group)["ListenerId"]

    def unhealthy() -> list[dict[str, t.Any]]:
        status = sdk("alb", "GetListenerHealthStatus", ListenerId=listener)["ListenerHealthStatus"][0]
        found = status["ServerGroupInfos"][0].get("NonNormalServers", [])
        return [item for item in found if item["Status"] == "Unhealthy"]

    server = wait_until(unhealthy, "unhealthy server")[0]
    assert (server["ServerId"], server["Port"]) == ("i-1", closed)
    assert server["Reason"] == {"ReasonCode": "CONNECT_FAILED"}


def test_a_wrong_answer_to_a_health_check_is_shown_with_the_expected_ones(serving: tuple[Sandbox, Sdk]) -> None:
    """ServerCount, and for RESPONSE_MISMATCH what came and what was expected (SDK 1.3.3, GetListenerHealthStatus)."""
    _sandbox, sdk = serving
    check = {
        "HealthCheckEnabled": True,
        "HealthCheckCodes": ["http_4xx", "http_5xx"],
        "HealthCheckInterval": 1,
        "UnhealthyThreshold": 2,
    }
    with backend() as port:
        group = group_of(sdk, port, HealthCheckConfig=check)
        listener = sdk.listener(sdk.balancer(), group)["ListenerId"]

        def info() -> dict[str, t.Any]:
            status = sdk("alb", "GetListenerHealthStatus", ListenerId=listener)["ListenerHealthStatus"][0]
            return dict(status["ServerGroupInfos"][0])

        wait_until(lambda: info()["NonNormalServers"][0]["Status"] == "Unhealthy", "unhealthy server")
        assert info()["ServerCount"] == 1
        assert info()["NonNormalServers"][0]["Reason"] == {
            "ReasonCode": "RESPONSE_MISMATCH",
            "ActualResponse": "200",
            "ExpectedResponse": "HTTP_4xx,HTTP_5xx",
        }


class Callers:
    """Clients that call without a pause: ``kept`` of them on open connections, the others on new ones.

    No request is repeated, so no error is hidden.
    """

    def __init__(self, address: str, context: ssl.SSLContext, kept: int, fresh: int) -> None:
        self.errors: list[str] = []
        self.calls: Counter[bool] = Counter()  # by whether the connection is kept
        self.connections = 0  # of those who keep them
        self._address, self._context, self._stop = address, context, threading.Event()
        ways = [True] * kept + [False] * fresh
        self._threads = [threading.Thread(target=self._call, args=(keep,), daemon=True) for keep in ways]

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def more(self, number: int = 20) -> None:
        """Waits until each way has made some more calls."""
        before = Counter(self.calls)
        wait_until(lambda: all(self.calls[way] >= before[way] + number for way in (True, False)), "calls")

    def _call(self, keep: bool) -> None:
        connection = http.client.HTTPSConnection(self._address, context=self._context, timeout=60)
        while not self._stop.is_set():
            self.connections += keep and connection.sock is None
            try:
                connection.request("GET", "/", headers={} if keep else {"Connection": "close"})
                answer = connection.getresponse()
                if (answer.status, answer.read()) != (200, b"hello"):
                    self.errors.append(f"kept {keep}: status {answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(f"kept {keep}: {error!r}")
                connection.close()
            self.calls[keep] += 1
        connection.close()


def test_the_ca_is_replaced_while_clients_call(serving: tuple[Sandbox, Sdk], server_pair: Pair, tmp_path: Path) -> None:
    """Old CA, new CA and back: a client that both accept, by a cross-certificate, sees no error, neither on connections
    that it keeps nor on fresh ones; clients of one CA alone are let in and refused as the listener says.
    """
    _sandbox, sdk = serving
    old, new = issue("Old CA", ca=True), issue("New CA", ca=True)
    cross = issue("New CA", old, ca=True, key=new.key)
    client, key = issue("client", new).save(tmp_path, "both", cross.pem)
    only_old = ("--cert", *issue("client", old).save(tmp_path, "old"))
    only_new = ("--cert", *issue("client", new).save(tmp_path, "new"))
    context = ssl.create_default_context(cadata=server_pair.pem)
    context.check_hostname = False
    context.load_cert_chain(client, key)
    old_id, new_id = (sdk.ca(Pair(item.pem, item.key_pem)) for item in (old, new))

    def admitted(address: str) -> tuple[str, ...]:
        return tuple(
            curl(address, option, certificate, "--key", its) for option, certificate, its in (only_old, only_new)
        )

    with backend() as port:
        balancer = sdk.balancer()
        address = address_of(sdk, balancer)
        listener = mutual(sdk, balancer, group_of(sdk, port), server_pair, old_id)
        assert admitted(address) == ("hello", "400")
        with Callers(address, context, kept=4, fresh=3) as callers:
            callers.more()
            assert callers.connections == 4
            for identifier, expected in ((new_id, ("400", "hello")), (old_id, ("hello", "400"))) * 2:
                ca = [{"CertificateId": identifier}]
                sdk.write("UpdateListenerAttribute", ListenerId=listener, CaCertificates=ca)
                assert admitted(address) == expected
                callers.more()
            settled = callers.connections
            callers.more()
            assert callers.connections == settled, "connections are kept again"
        assert callers.errors == []
