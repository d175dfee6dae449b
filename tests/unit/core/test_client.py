# SPDX-License-Identifier: GPL-3.0-or-later
"""The unmodified SDK against servers that misbehave, and what the user is told about it."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core import client
from ansible_collections.alicloud.mtls.plugins.module_utils._core.client import Cloud, split_endpoint
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import CloudError, Kind, ModuleError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.retries import Budget

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


@pytest.mark.parametrize("endpoint", ["ftp://host", "http://host/path", "http://"])
def test_not_an_endpoint(endpoint: str) -> None:
    with pytest.raises(ModuleError, match="not an address"):
        split_endpoint(endpoint)


@contextmanager
def server(answer: bytes) -> Iterator[str]:
    """Answers every connection with ``answer`` once something came in, and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection = listening.accept()[0]
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

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
        (http("502 Bad Gateway", "<html>no</html>"), "", Kind.TRANSIENT, True),
        (b"", "", Kind.TRANSIENT, True),
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


def test_waiting_for_an_answer_keeps_to_the_budget() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = {"access_key_id": "a", "access_key_secret": "b", "endpoint": f"127.0.0.1:{silent.getsockname()[1]}"}
        started = time.monotonic()
        with pytest.raises(CloudError) as caught:
            cloud(options, seconds=0.1)("alb", "ListListeners", {})
    assert time.monotonic() - started < 5.0
    assert (caught.value.kind, caught.value.unclear) == (Kind.TRANSIENT, True)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        endpoint = f"127.0.0.1:{unused.getsockname()[1]}"
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
