# SPDX-License-Identifier: GPL-3.0-or-later
"""The unmodified SDK against servers that misbehave, and what the user is told about it."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import socket
import ssl
import sys
import threading
import typing as t
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from alicloud_sandbox.testing import free_port
from ansible_collections.alicloud.mtls.plugins.module_utils._core import client
from ansible_collections.alicloud.mtls.plugins.module_utils._core.client import Cloud, split_endpoint
from ansible_collections.alicloud.mtls.plugins.module_utils._core.error_codes import Kind
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import CloudError, ModuleError, RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.retries import TIMEOUT_SECONDS, Budget

from tests.witnesses.openssl import new_certificate

SECRET = "a-very-private-key"


def cloud(options: Mapping[str, object], seconds: float = 60.0) -> Cloud:
    return Cloud(options, Budget(seconds))


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("127.0.0.1:9900", ("HTTP", "127.0.0.1:9900")),
        ("localhost:9900", ("HTTP", "localhost:9900")),
        ("[::1]:9900", ("HTTP", "[::1]:9900")),
        ("http://10.0.0.1:80/", ("HTTP", "10.0.0.1:80")),
        ("https://127.0.0.1:9900", ("HTTPS", "127.0.0.1:9900")),
        ("alb.cn-hangzhou.aliyuncs.com", ("HTTPS", "alb.cn-hangzhou.aliyuncs.com")),
        ("", ("HTTPS", "")),
    ],
)
def test_endpoint(endpoint: str, expected: tuple[str, str]) -> None:
    assert split_endpoint(endpoint) == expected


@pytest.mark.parametrize(
    "endpoint",
    [
        *(
            "ftp://host",
            "http://host/path",
            "http://",
            "host:port",
            "host:0",
            "host:65536",
            "a b",
            "a\nb",
            "h?x",
            "h#x",
        ),
        *("user@host", "http://user:password@host", "[::1", "::1"),
    ],
)
def test_not_an_endpoint(endpoint: str) -> None:
    with pytest.raises(ModuleError, match="not an address"):
        split_endpoint(endpoint)


@contextmanager
def server(answer: bytes, tls: ssl.SSLContext | None = None, *more: bytes) -> Iterator[str]:
    """Answers every connection once something came in, and closes it: with ``answer``, then with each of ``more``."""
    answers = [answer, *more]
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection = listening.accept()[0]
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    speaking = tls.wrap_socket(connection, server_side=True) if tls else connection
                    speaking.recv(65536)
                    speaking.sendall(answers[0])
                    del answers[: len(answers) > 1]

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def http(status: str, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", body]
    return "\r\n".join(lines).encode()


def refusal(code: str) -> str:
    return json.dumps({"Code": code, "Message": "No.", "RequestId": "R-1", "Recommend": "https://advice"})


def upload(endpoint: str) -> CloudError:
    """The error of an upload whose parameters hold a secret."""
    options = {"access_key_id": "id", "access_key_secret": "other-secret", "endpoint": endpoint}
    with pytest.raises(CloudError) as caught:
        cloud(options)("cas", "UploadUserCertificate", {"Name": "n", "Cert": "c", "Key": SECRET})
    return caught.value


@pytest.mark.parametrize(
    ("answer", "code", "kind", "unclear"),
    [
        (http("400 Bad Request", refusal("InvalidParameter")), "InvalidParameter", Kind.INVALID, False),
        (http("403 Forbidden", refusal("Forbidden.RAM")), "Forbidden.RAM", Kind.DENIED, False),
        (http("503 Service Unavailable", refusal("Whatever")), "Whatever", Kind.TRANSIENT, True),
        (http("400 Bad Request", refusal("Whatever"), "x-acs-retry-after: 3"), "Whatever", Kind.TRANSIENT, False),
        (http("502 Bad Gateway", "<html>no</html>"), "", Kind.WRONG_ENDPOINT, True),
        (b"", "", Kind.WRONG_ENDPOINT, True),
    ],
    ids=["refused", "forbidden", "5xx", "flow-control", "html", "closed"],
)
def test_errors(answer: bytes, code: str, kind: Kind, unclear: bool) -> None:
    with server(answer) as endpoint:
        error = upload(endpoint)
    assert (error.code, error.kind, error.unclear) == (code, kind, unclear)
    assert SECRET not in str(error.report())
    assert error.__cause__ is None
    assert error.__suppress_context__
    if code:
        assert (error.message, error.request_id, error.recommend) == ("No.", "R-1", "https://advice")
    if kind is Kind.DENIED:
        assert "yundun-cert:UploadUserCertificate" in error.hint


NOT_THE_API = {
    "HTML": http("200 OK", "<html>Welcome</html>"),
    "HTML of an error": http("404 Not Found", "<html>No such page</html>"),
    "nothing": http("200 OK", ""),
    "no content": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "an empty object": http("200 OK", "{}"),
    "an empty object and an error": http("400 Bad Request", "{}"),
    "an object of another service": http("403 Forbidden", '{"message": "Forbidden"}'),
    "a list": http("200 OK", "[]"),
    "null": http("200 OK", "null"),
    "a number": http("200 OK", "5"),
    "a string": http("200 OK", '"x"'),
    "a list where an object belongs": http("200 OK", '{"RequestId": "R", "Listeners": [5]}'),
    "a string where a list belongs": http("200 OK", '{"RequestId": "R", "Listeners": "x"}'),
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "an endless header": b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000,
}


@pytest.mark.parametrize("answer", NOT_THE_API.values(), ids=NOT_THE_API)
def test_an_endpoint_that_is_not_the_api_is_named_and_given_up_soon(answer: bytes) -> None:
    """An empty object is the worst: it would say that there is no load balancer, and one would be made."""
    with server(answer) as endpoint, pytest.raises(CloudError) as caught:
        cloud({"access_key_id": "a", "access_key_secret": "b", "endpoint": endpoint})("alb", "ListListeners", {})
    assert caught.value.kind is Kind.WRONG_ENDPOINT
    assert TIMEOUT_SECONDS[caught.value.kind] <= 5
    assert f"http://{endpoint} does not answer as the API does" in caught.value.message
    assert "endpoint" in caught.value.hint


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_tls_and_plain_taken_for_one_another(scheme: str, tmp_path: Path) -> None:
    new_certificate(tmp_path, "server", "/CN=127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    answer = http("200 OK", "{}")
    with server(answer, context if scheme == "http" else None) as address:
        endpoint = f"{scheme}://{address}"
        options = {"access_key_id": "a", "access_key_secret": "b", "endpoint": endpoint}
        with pytest.raises(CloudError) as caught:
            cloud(options)("alb", "ListListeners", {})
    assert TIMEOUT_SECONDS[caught.value.kind] <= 5
    assert endpoint in caught.value.message
    assert "Operation not permitted" not in caught.value.message, "the number of OpenSSL's error is none of the system"


def test_once_the_api_has_answered_a_broken_connection_passes() -> None:
    good = http("400 Bad Request", refusal("InvalidParameter"))
    with server(good, None, b"", http("502 Bad Gateway", "<html>no</html>")) as endpoint:
        ask = cloud({"access_key_id": "a", "access_key_secret": "b", "endpoint": endpoint})
        kinds = []
        for _request in range(3):
            with pytest.raises(CloudError) as caught:
                ask("alb", "ListListeners", {})
            kinds.append(caught.value.kind)
    assert kinds == [Kind.INVALID, Kind.TRANSIENT, Kind.NOT_API]
    assert TIMEOUT_SECONDS[Kind.NOT_API] < 60 < TIMEOUT_SECONDS[Kind.TRANSIENT]


@contextmanager
def silence(drip: bytes = b"") -> Iterator[str]:
    """Takes connections and never answers, or sends ``drip`` over and over until the test is over."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection = listening.accept()[0]
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n" if drip else b"")
                while not over.wait(0.01):
                    connection.sendall(drip)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        over.set()
    thread.join(5)


@pytest.mark.parametrize("drip", [b"", b"a"])
def test_waiting_for_an_answer_keeps_to_the_budget(drip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends a byte now and then never runs into the timeout of a socket: this test would not end."""
    monkeypatch.setattr(client, "_LEAST", 0.1)
    with silence(drip) as endpoint:
        options = {"access_key_id": "a", "access_key_secret": "b", "endpoint": endpoint}
        with pytest.raises(CloudError) as caught:
            cloud(options, seconds=0.1)("alb", "ListListeners", {})
    assert caught.value.unclear
    assert endpoint in caught.value.message


def test_what_cannot_be_repeated_safely_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a create without ClientToken, a second request makes a second resource."""
    asked: dict[str, float] = {}

    def runtime(package: str, module: str) -> t.Any:
        loaded = load(package, module)
        if module != "darabonba.runtime":
            return loaded

        class Recorded:
            def __new__(cls, **options: t.Any) -> t.Any:
                asked[current] = options["read_timeout"] / 1000
                return loaded.RuntimeOptions(**options)

        return type("Module", (), {"RuntimeOptions": Recorded})

    load = client.load
    monkeypatch.setattr(client, "load", runtime)
    with server(http("400 Bad Request", refusal("InvalidParameter"))) as endpoint:
        ask = cloud({"access_key_id": "a", "access_key_secret": "b", "endpoint": endpoint}, seconds=600)
        for current, product, params in (
            ("ListListeners", "alb", {}),
            ("CreateListener", "alb", {"ClientToken": "t"}),
            ("CreateWarehouse", "cas", {"Name": "n", "Type": "t"}),
            ("AddDomainRecord", "alidns", {"DomainName": "example.com"}),
        ):
            with pytest.raises(CloudError, match="No"):
                ask(product, current, params)
    assert asked["ListListeners"] == asked["CreateListener"] == 15
    assert asked["CreateWarehouse"] == asked["AddDomainRecord"] == 120


@pytest.mark.parametrize("option", ["access_key_id", "access_key_secret", "security_token"])
@pytest.mark.parametrize("value", ["QQ\nZZ", "QQ\r\nX-Header: ZZ", "QQ ZZ", "QQ\tZZ", "QäZ", "QQ\0ZZ"])
def test_a_credential_that_no_request_can_carry(option: str, value: str) -> None:
    options = {"access_key_id": "a", "access_key_secret": "b", "endpoint": "127.0.0.1:1", option: value}
    with pytest.raises(RefusedError, match=f"^{option} has a line break") as caught:
        cloud(options)("alb", "ListListeners", {})
    assert value not in str(caught.value.report())


@pytest.mark.parametrize("option", ["access_key_id", "access_key_secret"])
def test_blanks_around_a_credential_are_left_out(option: str) -> None:
    options = {"access_key_id": "a", "access_key_secret": "b"}
    padded = options | {"region": "cn-hangzhou", option: f" {options[option]}\r\n"}
    credential = cloud(padded)._client("alb")[0]._credential.get_credential()
    assert (credential.access_key_id, credential.access_key_secret) == ("a", "b")


@pytest.mark.parametrize("region", ["cn hangzhou", "cn-hangzhou.example.com#", "CN-HANGZHOU", "cn-hangzhou\nx", "杭州"])
def test_a_region_that_is_none(region: str) -> None:
    with pytest.raises(RefusedError, match="not the id of a region"):
        cloud({"region": region, "access_key_id": "a", "access_key_secret": "b"})("alb", "ListListeners", {})


def test_the_sdk_prints_no_request(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """With DEBUG=sdk in the environment, it prints every request with its headers and its parameters."""
    monkeypatch.setenv("DEBUG", "sdk")
    with server(http("400 Bad Request", refusal("InvalidParameter"))) as endpoint:
        upload(endpoint)
    captured = capfd.readouterr()
    assert SECRET not in captured.out + captured.err


def test_nobody_there() -> None:
    endpoint = f"127.0.0.1:{free_port()}"
    error = upload(endpoint)
    assert error.kind is Kind.UNREACHABLE
    assert not error.unclear
    assert endpoint in error.message
    assert "refused" in error.message
    assert SECRET not in str(error.report())


@pytest.mark.parametrize("variables", [{}, {"NO_PROXY": "127.0.0.1"}])
def test_a_proxy_gets_nothing_that_is_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in {"HTTP_PROXY": "http://192.0.2.1:9", "http_proxy": "http://192.0.2.1:9", **variables}.items():
        monkeypatch.setenv(name, value)
    with server(http("400 Bad Request", refusal("InvalidParameter"))) as endpoint:
        assert upload(endpoint).code == "InvalidParameter"


@pytest.mark.parametrize(
    ("no_proxy", "proxied"),
    [
        ("", True),
        ("cas.aliyuncs.com", True),
        (".aliyuncs.com", False),
        ("alb.cn-hangzhou.aliyuncs.com", False),
        ("*", False),
    ],
)
def test_no_proxy_counts_for_the_endpoint_that_follows_from_the_region(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, proxied: bool
) -> None:
    """The SDK itself ignores NO_PROXY. What it would use is looked at in place of the request."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, no_proxy)
    models = importlib.import_module("alibabacloud_alb20200616.models")
    seen: list[int] = []  # the variables with a proxy

    def call(_request: object, _runtime: object) -> object:
        seen.append(sum(name.lower() in ("http_proxy", "https_proxy") for name in os.environ))
        return models.ListListenersResponse(body=models.ListListenersResponseBody(request_id="1"))

    asked = cloud({"region": "cn-hangzhou", "access_key_id": "a", "access_key_secret": "b"})
    monkeypatch.setattr(asked._client("alb")[0], "list_listeners_with_options", call)
    asked("alb", "ListListeners", {})
    assert seen == [4 if proxied else 0]
    assert os.environ["HTTPS_PROXY"] == "http://192.0.2.1:9"


def test_retry_after_is_handed_on() -> None:
    with server(http("429 Too Many Requests", refusal("Throttling"), "x-acs-retry-after: 4")) as endpoint:
        assert upload(endpoint).retry_after == 4.0


def test_missing_sdk_names_package_and_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_alb20200616.client", None)
    with pytest.raises(ModuleError) as caught:
        cloud({"endpoint": "127.0.0.1:1"})("alb", "ListListeners", {})
    assert "alibabacloud-alb20200616" in caught.value.message
    assert f"{sys.executable} -m pip install alibabacloud-alb20200616" in caught.value.hint


@pytest.mark.parametrize(
    ("operation", "params", "word"),
    [
        ("CreateListener", {"CaEnabled": True, "CaVerifyDepth": 2}, "CaVerifyDepth"),
        ("CreateListener", {"Certificates": [{"CertificateId": "x", "Kind": "y"}]}, "Kind"),
        ("InventListener", {}, "InventListener"),
    ],
)
def test_an_sdk_that_would_drop_a_parameter_is_refused(operation: str, params: dict[str, object], word: str) -> None:
    with pytest.raises(ModuleError, match=word) as caught:
        cloud({"endpoint": "127.0.0.1:1", "access_key_id": "a", "access_key_secret": "b"})("alb", operation, params)
    assert "--upgrade alibabacloud-alb20200616" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"access_key_id": "a", "access_key_secret": "b"}, "region"),
        ({"region": "cn-hangzhou", "access_key_id": "a"}, "belong together"),
        ({"region": "cn-hangzhou", "security_token": "a"}, "without access_key_id and access_key_secret"),
    ],
)
def test_what_is_missing_is_named(options: dict[str, str], word: str) -> None:
    with pytest.raises(ModuleError, match=word):
        cloud(options)("alb", "ListListeners", {})


@pytest.mark.parametrize(
    ("product", "region", "endpoint"),
    [
        ("alb", "cn-hangzhou", "alb.cn-hangzhou.aliyuncs.com"),
        ("alb", "ap-southeast-1", "alb.ap-southeast-1.aliyuncs.com"),
        ("cas", "cn-beijing", "cas.aliyuncs.com"),
        ("cas", None, "cas.aliyuncs.com"),
        ("cas", "ap-southeast-1", "cas.ap-southeast-1.aliyuncs.com"),
        ("alidns", "cn-beijing", "alidns.aliyuncs.com"),
        ("alidns", None, "alidns.aliyuncs.com"),
    ],
)
def test_where_each_product_is(product: str, region: str | None, endpoint: str) -> None:
    sdk = cloud({"region": region, "access_key_id": "a", "access_key_secret": "b"})._client(product)[0]
    assert sdk._endpoint == endpoint


def test_no_credentials_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = client.load("alibabacloud-credentials", "alibabacloud_credentials.exceptions").CredentialException

    class Nothing:
        def get_provider_name(self) -> str:
            return "nothing"

        def get_credentials(self) -> None:
            raise failure("nothing there")

    credentials = client.load("alibabacloud-credentials", "alibabacloud_credentials.client").Client
    monkeypatch.setattr(Cloud, "_credentials", lambda self: credentials(provider=Nothing()))
    with pytest.raises(CloudError) as caught:
        cloud({"endpoint": "127.0.0.1:1"})("alb", "ListListeners", {})
    assert caught.value.kind is Kind.DENIED
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in caught.value.hint


def test_an_unknown_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Callable[..., object]) -> None:
    constants = client.load("alibabacloud-credentials", "alibabacloud_credentials.utils.auth_constant")
    monkeypatch.setattr(constants, "HOME", str(tmp_path))
    with pytest.raises(CloudError, match="nobody") as caught:
        cloud({"endpoint": "127.0.0.1:1", "profile": "nobody"})("alb", "ListListeners", {})
    assert caught.value.kind is Kind.DENIED
