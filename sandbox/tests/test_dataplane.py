# SPDX-License-Identifier: GPL-3.0-or-later
"""The data plane with a real Nginx and real servers; curl and openssl say what clients see."""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import typing as t
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alicloud_sandbox.dataplane import DataPlane, DataPlaneError
from alicloud_sandbox.testing import free_port
from alicloud_sandbox.topology import Balancing, Certificate, Fact, ForwardedFor, LoadBalancer, Server, Topology
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.tests.support import wait_until
from sandbox.tests.world import ROOT, SERVER_CA, SITE, Backend, World, curl, issue, s_client


def master_pid(world: World) -> int:
    return int((world.directory / "state/dataplane/nginx.pid").read_text())


# -- TLS ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_mutual_authentication_lets_in_only_clients_of_the_ca(world: World, version: str) -> None:
    world.apply(client_ca_pem=ROOT.pem)
    stranger = issue("client", issue("Root of the clients", ca=True))  # same names, another key
    offered = s_client(world.address, world.port, version)
    assert "Root of the clients" in offered.partition("Acceptable client certificate CA names")[2]
    curl_version = ["--tls-max", version.removeprefix("-tls").replace("_", ".")]
    assert world.answer(*curl_version, *world.identity("good", issue("client", ROOT)))["server"] in ("one", "two")
    assert curl(world.url, *curl_version)[0] == 400
    assert curl(world.url, *curl_version, *world.identity("stranger", stranger))[0] == 400
    world.apply(client_ca_pem=None)
    assert world.answer(*curl_version)["server"]


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_client_that_wants_to_resume_is_verified_again(world: World, version: str) -> None:
    world.apply(client_ca_pem=ROOT.pem)
    options = world.identity("good", issue("client", ROOT))
    files = [word.replace("--", "-") for word in options]
    kept = world.directory / "session"
    request = "GET / HTTP/1.0\r\n\r\n"
    first = s_client(world.address, world.port, version, *files, "-ign_eof", "-sess_out", str(kept), stdin=request)
    assert "New, TLS" in first
    # In TLS 1.2 nothing is offered; in TLS 1.3 a ticket, which leads nowhere.
    offered = ["-sess_in", str(kept)] if kept.exists() else []
    again = s_client(world.address, world.port, version, *files, "-ign_eof", *offered, stdin=request)
    assert "New, TLS" in again
    assert "Reused, TLS" not in again


def test_a_sub_ca_is_a_trust_anchor_and_its_sibling_is_not(world: World) -> None:
    sub, sibling = issue("Sub CA", ROOT, ca=True), issue("Sibling CA", ROOT, ca=True)
    world.apply(client_ca_pem=sub.pem + ROOT.pem)
    assert world.answer(*world.identity("good", issue("client", sub)))
    deep = issue("Deeper CA", sub, ca=True)
    assert world.answer(*world.identity("deep", issue("client", deep), deep.pem))
    assert curl(world.url, *world.identity("sibling", issue("client", sibling), sibling.pem))[0] == 400
    assert curl(world.url, *world.identity("root", issue("client", ROOT)))[0] == 400


@pytest.mark.parametrize(
    ("versions", "ciphers", "option", "accepted"),
    [
        (("TLSv1.2",), (), "-tls1_3", False),
        (("TLSv1.2",), ("ECDHE-ECDSA-AES256-GCM-SHA384",), "-tls1_2", True),
        (("TLSv1.3",), ("TLS_AES_128_GCM_SHA256",), "-tls1_2", False),
        (("TLSv1.0", "TLSv1.2"), ("ECDHE-ECDSA-AES128-SHA", "DES-CBC3-SHA"), "-tls1 -cipher ALL:@SECLEVEL=0", True),
        (
            ("TLSv1.2", "TLSv1.3"),
            ("AES128-SHA", "TLS_AES_128_CCM_SHA256"),
            "-ciphersuites TLS_AES_256_GCM_SHA384",
            False,
        ),
        (
            ("TLSv1.2", "TLSv1.3"),
            ("AES128-SHA", "TLS_AES_128_CCM_SHA256"),
            "-ciphersuites TLS_AES_128_CCM_SHA256",
            True,
        ),
    ],
)
def test_tls_policy(world: World, versions: t.Any, ciphers: t.Any, option: str, accepted: bool) -> None:
    world.apply(tls_versions=versions, ciphers=ciphers)
    output = s_client(world.address, world.port, *option.split())
    assert ("Cipher is (NONE)" not in output) == accepted, output
    for cipher in ciphers[:1] if accepted and len(versions) == 1 else ():
        assert f"Cipher is {cipher}" in output


def test_certificates_by_sni_and_key_type(world: World) -> None:
    shop = issue("shop", SERVER_CA, dns=("shop.example.com",))
    wild = issue("wild", SERVER_CA, dns=("*.example.com",))
    pair = issue("rsa", SERVER_CA, dns=("www.example.com",), key=rsa.generate_private_key(65537, 2048))
    world.apply(certificates=(SITE.served(), shop.served(), wild.served(), pair.served()))

    def shown(*options: str) -> str:
        return s_client(world.address, world.port, *options).partition("subject=")[2].splitlines()[0].replace(" ", "")

    assert shown("-noservername") == "CN=www.example.com"
    assert shown("-servername", "shop.example.com") == "CN=shop"
    assert shown("-servername", "other.example.com") == "CN=wild"
    assert shown("-servername", "elsewhere.test") == "CN=www.example.com"
    assert shown("-tls1_2", "-servername", "www.example.com", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256") == "CN=rsa"


def test_http2_is_a_choice_of_the_listener(world: World) -> None:
    for enabled, expected in ((True, "h2"), (False, "http/1.1")):
        world.apply(http2=enabled)
        assert f"ALPN protocol: {expected}" in s_client(world.address, world.port, "-alpn", "h2,http/1.1")
        assert world.answer()["server"]


# -- requests ----------------------------------------------------------------------------------------------------------


def test_headers_for_the_server(world: World) -> None:
    client = issue("client", ROOT)
    facts = (
        ("X-Client-Port", Fact.CLIENT_PORT),
        ("X-Scheme", Fact.SCHEME),
        ("X-Host", Fact.HOST),
        ("SLB-ID", Fact.LOAD_BALANCER_ID),
        ("X-Port", Fact.LISTENER_PORT),
        ("X-Subject", Fact.CERTIFICATE_SUBJECT),
        ("X-Issuer", Fact.CERTIFICATE_ISSUER),
        ("X-Verified", Fact.CERTIFICATE_VERIFICATION),
        ("x-print", Fact.CERTIFICATE_FINGERPRINT),
    )
    world.apply(client_ca_pem=ROOT.pem, request_headers=facts)
    sent = ["-H", "Host: www.example.com", "-H", "X-Forwarded-For: 192.0.2.1", "-H", "X-Print: forged"]
    headers = {k.lower(): v for k, v in world.answer(*world.identity("c", client), *sent)["headers"].items()}
    assert headers.pop("x-client-port").isdigit()
    assert {name: value for name, value in headers.items() if name.startswith(("x-", "slb", "host"))} == {
        "host": "www.example.com",
        "x-forwarded-for": "192.0.2.1, 127.0.0.1",
        "x-scheme": "https",
        "x-host": "www.example.com",
        "x-port": str(world.port),
        "slb-id": "alb-1",
        "x-subject": "CN=client",
        "x-issuer": "CN=Root of the clients",
        "x-print": client.certificate.fingerprint(hashes.SHA1()).hex(),
        "x-verified": "SUCCESS",
    }


@pytest.mark.parametrize(
    ("forwarded_for", "expected"),
    [
        (ForwardedFor.APPEND, "192.0.2.1, 127.0.0.1"),
        (ForwardedFor.REMOVE, None),
        (ForwardedFor.KEEP, "192.0.2.1"),
    ],
)
def test_x_forwarded_for(world: World, forwarded_for: ForwardedFor, expected: str | None) -> None:
    world.apply(protocol="HTTP", certificates=(), forwarded_for=forwarded_for)
    assert world.answer("-H", "X-Forwarded-For: 192.0.2.1")["headers"].get("X-Forwarded-For") == expected


def test_gzip_is_a_choice_of_the_listener(world: World) -> None:
    world.backends[0].repeat = world.backends[1].repeat = 50
    for enabled in (True, False):
        world.apply(gzip=enabled)
        _status, headers = curl(world.url, "--compressed", "--dump-header", "-", "--output", "/dev/null")
        assert ("content-encoding: gzip" in headers.lower()) == enabled


@pytest.mark.parametrize(
    ("balancing", "weights", "expected"),
    [
        (Balancing.ROUND_ROBIN, (100, 100), {"one": 6, "two": 6}),
        (Balancing.ROUND_ROBIN, (100, 50), {"one": 8, "two": 4}),
        (Balancing.LEAST_CONNECTIONS, (100, 100), {"one": 6, "two": 6}),
        (Balancing.ROUND_ROBIN, (0, 100), {"two": 12}),
    ],
)
def test_weights_and_balancing(
    world: World, balancing: Balancing, weights: tuple[int, ...], expected: dict[str, int]
) -> None:
    servers = tuple(b.as_server(w) for b, w in zip(world.backends, weights, strict=True))
    world.apply_group(balancing=balancing, servers=servers)
    assert Counter(world.who(12)) == expected


def test_round_robin_alternates(world: World) -> None:
    world.apply()
    answers = world.who(6)
    assert answers in (["one", "two"] * 3, ["two", "one"] * 3)


def test_source_hash_keeps_a_client_on_its_server(world: World) -> None:
    world.apply_group(balancing=Balancing.HASH)
    assert len(set(world.who(6))) == 1


def test_a_client_stays_with_its_server(world: World) -> None:
    """As long as the server is in the group; clients without the cookie are balanced."""
    world.apply_group(sticky=60)
    jar = str(world.directory / "jar")
    first = world.answer("--cookie-jar", jar)["server"]
    assert [world.answer("--cookie", jar)["server"] for _ in range(5)] == [first] * 5
    cookies = {
        line.split("\t")[5]: line.split("\t")[6] for line in Path(jar).read_text().splitlines() if "SERVER" in line
    }
    assert set(cookies) == {"SERVERID", "SERVERCORSID"}, "the names that ALB documents"
    for name, value in cookies.items():
        assert {world.answer("--cookie", f"{name}={value}")["server"] for _ in range(4)} == {first}, "each is enough"
    assert set(world.who(4)) == {"one", "two"}
    age = Path(jar).read_text().splitlines()[-1].split("\t")[4]
    assert 0 < int(age) - time.time() <= 60
    rest = tuple(server for server in world.group.servers if server.server_id != f"i-{first}")
    world.apply_group(servers=rest)
    assert world.answer("--cookie", jar)["server"] == ({"one", "two"} - {first}).pop()
    world.apply_group(sticky=0)
    assert (
        "SERVERID" not in subprocess.run(["curl", "-ski", world.url], capture_output=True, text=True, check=True).stdout
    )


@pytest.mark.parametrize("name", ["JSESSIONID", "app.session-id"])
def test_a_client_stays_as_long_as_it_has_the_cookie_of_the_application(world: World, name: str) -> None:
    world.apply_group(sticky_cookie=name)
    jar = str(world.directory / "jar")
    assert set(world.who(4)) == {"one", "two"}
    assert "set-cookie" not in curl(world.url, "--head")[1].lower()
    for backend in world.backends:
        backend.reply_headers = {"Set-Cookie": f"{name}={backend.name}; Path=/"}
    first = world.answer("--cookie-jar", jar)["server"]
    for backend in world.backends:
        backend.reply_headers = {}
    assert [world.answer("--cookie", jar)["server"] for _ in range(6)] == [first] * 6
    only = next(line for line in Path(jar).read_text().splitlines() if "alb_sticky" in line).split("\t")
    assert only[4] == "0", "it ends with the session of the browser"
    alone = {world.answer("--cookie", f"{only[5]}={only[6]}")["server"] for _ in range(4)}
    assert alone == {"one", "two"}, "without the cookie of the application nobody stays"


def test_hash_of_a_query_parameter(world: World) -> None:
    world.apply_group(balancing=Balancing.HASH, hash_parameter="user.id")

    def servers(query: str, times: int) -> set[str]:
        return {json.loads(curl(f"{world.url}?{query}")[1])["server"] for _ in range(times)}

    by_user = [servers(f"x=1&user.id={user}", 2) for user in range(12)]
    assert all(len(item) == 1 for item in by_user)
    assert set.union(*by_user) == {"one", "two"}
    assert servers("userxid=1", 16) == {"one", "two"}


def test_requests_in_flight_can_end(world: World) -> None:
    """Their server is removed, and they last longer than a reload of Nginx."""
    world.apply_group(servers=(world.backends[0].as_server(),), drain=30)
    world.backends[0].proceed.clear()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(world.answer)
        wait_until(lambda: world.backends[0].requests, "the request is with the server")
        world.apply_group(servers=(world.backends[1].as_server(),))
        assert world.who(2) == ["two", "two"]
        assert not answer.done()
        world.backends[0].proceed.set()
        assert answer.result(10)["server"] == "one"


def test_no_request_in_flight_is_cut_off_before_its_time(world: World) -> None:
    long = replace(world.listener, request_timeout=500)
    assert "worker_shutdown_timeout 500s;" in world.render(long).files["nginx.conf"]
    world.group = replace(world.group, drain=900)
    assert "worker_shutdown_timeout 900s;" in world.render(long).files["nginx.conf"]


def test_https_servers(world: World) -> None:
    tls = issue("backend").save(world.directory, "backend")
    backend = Backend("secure", tls)
    world.apply_group(protocol="HTTPS", servers=(backend.as_server(),))
    assert world.who(2) == ["secure", "secure"]
    backend.stop()


def test_without_a_server_it_is_503_and_without_a_living_one_502(world: World) -> None:
    world.apply_group(servers=())
    assert curl(world.url)[0] == 503
    world.apply_group(servers=(Server("i-dead", "127.0.0.1", free_port("127.0.0.1")),))
    assert curl(world.url)[0] == 502


def test_grpc_reaches_a_plaintext_http2_server(world: World) -> None:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # RFC 9113, 3.4
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        world.apply_group(protocol="gRPC", servers=(Server("i-grpc", *server.getsockname()),))
        command = ["curl", "-sk", "--max-time", "60", "-H", "content-type: application/grpc", "-d", "", world.url]
        with subprocess.Popen(command) as client:
            connection, _peer = server.accept()
            with connection:
                assert connection.recv(len(preface), socket.MSG_WAITALL) == preface
            client.wait(60)


# -- life --------------------------------------------------------------------------------------------------------------


def test_every_apply_is_served_when_it_returns(world: World) -> None:
    """Also under load: no request fails while configurations change, and each change counts for the next connection."""
    stop, failures = threading.Event(), []

    def load() -> None:
        while not stop.is_set():
            code, body = curl(world.url)
            if code != 200:
                failures.append((code, body))

    world.apply()
    thread = threading.Thread(target=load)
    thread.start()
    for weights in ((0, 100), (100, 0), (0, 100), (100, 0)):
        world.apply_group(servers=tuple(b.as_server(w) for b, w in zip(world.backends, weights, strict=True)))
        assert set(world.who(3)) == {"two" if weights[0] == 0 else "one"}
    stop.set()
    thread.join()
    assert failures == []


def test_the_same_topology_again_is_no_reload(world: World) -> None:
    world.apply()
    log = world.directory / "state/dataplane/error.log"
    before = log.read_text().count("reconfiguring")
    world.apply()
    assert log.read_text().count("reconfiguring") == before


def test_a_configuration_that_nginx_refuses_leaves_the_old_one(world: World) -> None:
    world.apply()
    wrong = Certificate("mixed-up", SITE.pem, issue("other").key_pem)
    with pytest.raises(DataPlaneError, match=r"(?i)key values mismatch"):
        world.apply(certificates=(wrong,))
    assert world.answer()["server"]
    assert len(list((world.directory / "state/dataplane/conf").iterdir())) == 1
    with pytest.raises(DataPlaneError, match="cannot stand in a configuration"):
        world.apply(certificates=(SITE.served(),), ciphers=("AES128-SHA; } evil {",))
    world.apply(ciphers=())
    assert world.answer()["server"]


def test_an_address_in_use_is_refused_and_the_old_listeners_stay(world: World) -> None:
    world.apply()
    before = world.url
    with socket.create_server((world.address, free_port(world.address))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DataPlaneError, match=f"cannot listen on {world.address}:{port}"):
            world.apply(port=port)
        assert curl(before)[0] == 200
    world.apply(port=port)
    assert world.answer()["server"]


def test_removed_listeners_do_not_answer(world: World) -> None:
    world.apply()
    world.plane.apply(Topology())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((world.address, world.port), timeout=5)


def test_quic_listeners_are_not_served(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.apply(protocol="QUIC")
    assert "QUIC is not served" in caplog.text
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((world.address, world.port), timeout=5)


def test_secrets_are_the_owners_alone(world: World) -> None:
    world.apply()
    prefix = world.directory / "state/dataplane"
    assert (prefix / "conf").stat().st_mode & 0o777 == 0o700
    keys = [path for path in prefix.rglob("*") if path.is_file() and "PRIVATE KEY" in path.read_text(errors="replace")]
    assert keys
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}


_OWNER = """
import os, pickle, signal, sys
from pathlib import Path
from alicloud_sandbox.dataplane import DataPlane
plane = DataPlane(Path(sys.argv[1]))
plane.apply(pickle.load(sys.stdin.buffer))
print("ready", flush=True)
signal.pause()
"""


@pytest.mark.parametrize("also_kill_master", [False, True], ids=["owner", "owner-and-nginx-master"])
def test_left_over_of_a_killed_owner_is_taken_over(world: World, also_kill_master: bool) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(world.directory / "state")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdin
    assert owner.stdout
    owner.stdin.write(pickle.dumps(world.topology()))
    owner.stdin.close()
    assert owner.stdout.readline() == b"ready\n"
    owner.kill()
    owner.wait()
    left_over = master_pid(world)
    assert world.answer()["server"]  # Nginx outlives its owner
    if also_kill_master:
        os.kill(left_over, signal.SIGKILL)
        status_file = Path(f"/proc/{left_over}/status")
        wait_until(lambda: not status_file.exists() or "State:\tZ" in status_file.read_text(), "the master is dead")
    world.apply(client_ca_pem=ROOT.pem)
    assert curl(world.url)[0] == 400
    assert (master_pid(world) == left_over) != also_kill_master
    world.plane.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((world.address, world.port), timeout=5)


def test_another_process_behind_the_pid_file_is_left_alone(world: World) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        (world.directory / "state/dataplane/nginx.pid").write_text(str(stranger.pid))
        world.apply()
        assert world.answer()["server"]
        world.plane.close()
        assert stranger.poll() is None
        stranger.kill()


def test_state_directory_with_a_long_path_and_a_space(tmp_path: Path) -> None:
    plane = DataPlane(tmp_path / ("with space " + "x" * 100) / "state")
    plane.apply(Topology())
    plane.close()


def test_the_head_of_a_request_has_the_limits_of_alb(world: World) -> None:
    """A line has 32 KB at most, TRACE is refused, and every request has an id that the client cannot set."""
    world.apply(protocol="HTTP", certificates=())
    almost = "x" * (31 * 1024)
    assert curl(world.url, "-H", f"X-Long: {almost}")[0] == 200
    assert curl(world.url, "-H", f"X-Long: {almost}{almost}")[0] == 400
    assert curl(f"{world.url}{almost}")[0] == 200
    assert curl(f"{world.url}{almost}{almost}")[0] == 414
    assert curl(world.url, "-X", "TRACE")[0] == 405
    traces = [world.answer("-H", "ALICLOUD-ALB-TRACE: mine")["headers"]["ALICLOUD-ALB-TRACE"] for _ in range(2)]
    assert len({*traces, "mine"}) == 3


def test_a_request_that_comes_back_is_a_loop(world: World) -> None:
    """A listener that is its own server answers at once, and a trace of another load balancer is no loop."""
    world.apply(protocol="HTTP", certificates=())
    trace = world.answer()["headers"]["ALICLOUD-ALB-TRACE"]
    assert curl(world.url, "-H", f"ALICLOUD-ALB-TRACE: {trace}")[0] == 463
    other = trace.replace("alb-1", "alb-2", 1)
    assert world.answer("-H", f"ALICLOUD-ALB-TRACE: {other}")["headers"]["ALICLOUD-ALB-TRACE"] != other
    world.apply_group(servers=(Server("i-loop", world.address, world.port),))
    assert curl(world.url)[0] == 463


def test_more_listeners_than_connections(world: World) -> None:
    """Nginx takes a connection for each socket that it listens on: each listener has one for every address."""
    count, zones = 4200, 50
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 2 * count:
        pytest.skip(f"this shell allows fewer than {2 * count} open files")
    listener = replace(world.listener, protocol="HTTP", certificates=())
    addresses = [f"127.90.{number // 250}.{number % 250 + 1}" for number in range(count)]
    balancers = tuple(
        LoadBalancer(f"alb-{first}", tuple(addresses[first : first + zones]), (listener,))
        for first in range(0, count, zones)
    )
    world.plane.apply(Topology(balancers, (world.group,)))
    for address in (addresses[0], addresses[-1]):
        assert curl(f"http://{address}:{world.port}/")[0] == 200
