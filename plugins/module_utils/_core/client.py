# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official SDKs behind one function, with the API's own names for operations, parameters and answers.

An SDK takes up to half a second to import, so each is imported at its first call. Private to this collection.
"""

from __future__ import annotations

import importlib
import ipaddress
import os
import queue
import re
import ssl
import sys
import threading
import typing as t
import urllib.request
from contextlib import contextmanager

from .credentials import ADVICE, choose
from .error_codes import Kind
from .errors import CloudError, ModuleError, RefusedError
from .products import PRODUCTS, Product
from .retries import Budget

Params = dict[str, t.Any]
Call = t.Callable[[str, str, Params], Params]  # product, operation, parameters


# What the HTTP client raises if no HTTP answer came, by the name of the exception.
_NO_ANSWER = {
    "BadStatusLine": "it does not speak HTTP",
    "LineTooLong": "it does not speak HTTP",
    "RemoteDisconnected": "it closed the connection without an answer",
    "ReadTimeoutError": "no answer in time",
    "ReadTimeout": "no answer in time",
    "IncompleteRead": "the answer is incomplete",
}

_HOST_AND_PORT = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_REGION = re.compile(r"[a-z0-9-]+")

# What the HTTP client raises if the request was not sent, or not to the right server.
_NOT_SENT = {
    "NewConnectionError": "no connection",
    "NameResolutionError": "the host name does not resolve",
    "ConnectTimeoutError": "no answer to the connection attempt",
    "ConnectTimeout": "no answer to the connection attempt",
    "ProxyError": "the proxy refused",
    "SSLError": "the TLS handshake failed",
    "InvalidURL": "not an address",
    "LocationParseError": "not an address",
}


def split_endpoint(endpoint: str) -> tuple[str, str]:
    """Return protocol (HTTP or HTTPS) and ``host[:port]`` of an endpoint that is given as such or as a URL.

    Without a scheme a loopback address gets HTTP, every other HTTPS. An empty endpoint stays empty: the SDK has its own
    rule.

    Raises:
        RefusedError: it is no address.
    """
    if not endpoint:
        return "HTTPS", ""
    scheme, separator, rest = endpoint.strip().rpartition("://")
    rest = rest.rstrip("/")
    if separator:
        protocol = scheme.upper()
    else:
        host = rest[1:].partition("]")[0] if rest.startswith("[") else rest.partition(":")[0]
        protocol = "HTTP" if _is_loopback(host) else "HTTPS"
    match = _HOST_AND_PORT.fullmatch(rest)
    if protocol not in ("HTTP", "HTTPS") or not match or int(match["port"] or 1) not in range(1, 65536):
        raise RefusedError(
            f"endpoint {endpoint!r} is not an address.", "Write it as host:port, or http(s)://host:port."
        )
    return protocol, rest


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")


@contextmanager
def _proxy_for(endpoint: str) -> t.Iterator[None]:
    """Hide the proxies from the SDK, which ignores NO_PROXY, for endpoints in NO_PROXY and on this machine."""
    host = endpoint.rpartition(":")[0].strip("[]") or endpoint
    direct = _is_loopback(host) or urllib.request.proxy_bypass(endpoint)
    kept = {name: os.environ.pop(name) for name in _PROXIES if direct and name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def load(package: str, module: str) -> t.Any:
    """Import and return ``module`` of the distribution ``package``. Raises ModuleError with how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ModuleError(
            f"The Python package {package} is missing or broken for {sys.executable} ({error}).",
            f"Install it there: {sys.executable} -m pip install {package}",
        ) from None


# Seconds that a request may take to connect and until its answer, and the seconds that one gets at the end of a budget.
_CONNECT, _ANSWER, _LEAST = 5.0, 15.0, 1.0
# Seconds until the answer to a write that the service could not recognise as a repetition: sending it twice would be
# worse than waiting.
_ANSWER_TO_UNREPEATABLE = 120.0
_READS = ("Describe", "Get", "List")
# What an SDK raises if an answer does not have the form of the operation's.
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)

T = t.TypeVar("T")


def _within(seconds: float, function: t.Callable[[], T]) -> T:
    """Return ``function()``, or raise TimeoutError when it takes longer than ``seconds``.

    The timeout of a socket does not end an answer that arrives slowly and without end.
    """
    results: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((function(), None))
        except BaseException as error:  # handed to the caller, whatever it is
            results.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = results.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return t.cast(T, result)


class Cloud:
    """Calls operations with the credentials, region and endpoint of a module's options, within the run's budget."""

    def __init__(self, options: t.Mapping[str, t.Any], budget: Budget) -> None:
        self._options = options
        self._budget = budget
        self._clients: dict[str, tuple[t.Any, t.Any, dict[str, str]]] = {}
        self._answered: set[str] = set()  # the products whose API has answered in this run

    def __call__(self, product: str, operation: str, params: Params) -> Params:
        """Call ``operation`` and return the response body, with the names of the API.

        Raises:
            CloudError: the call failed.
            ModuleError: the SDK is missing, or too old for the operation or one of ``params``.
        """
        spec = PRODUCTS[product]
        if spec.regional:
            params = {"RegionId": self._region(spec), **params}
        client, models, methods = self._client(product)
        try:
            method = getattr(client, methods[f"{operation}withoptions".lower()])
            # An operation without parameters has no request in the SDK, such as ListSystemSecurityPolicies.
            make = getattr(models, f"{operation}Request") if params else getattr(models, f"{operation}Request", None)
        except (AttributeError, KeyError):
            raise ModuleError(f"The installed {spec.package} has no {operation}.", self._upgrade(spec)) from None
        request = [make().from_map(params)] if make else []
        if dropped := dropped_parameter(params, request[0].to_map() if request else {}):
            raise ModuleError(f"The installed {spec.package} has no {dropped} in {operation}.", self._upgrade(spec))
        body = self._send(product, operation, lambda runtime: method(*request, runtime).body, "ClientToken" in params)
        self._answered.add(product)
        return body

    def _send(self, product: str, operation: str, call: t.Callable[[t.Any], t.Any], repeatable: bool) -> Params:
        """Return the answer that ``call`` gets with runtime options of the SDK, with the names of the API.

        Args:
            repeatable: the service would recognise a repetition.

        Raises:
            CloudError: the call failed, or the answer does not come from the API.
        """
        repeatable = repeatable or operation.startswith(_READS)
        left = max(_LEAST, self._budget.remaining)
        limits = (_CONNECT, _ANSWER if repeatable else _ANSWER_TO_UNREPEATABLE)
        connect, answer = (int(1000 * min(limit, left)) for limit in limits)
        runtime = load("alibabacloud-tea-openapi", "darabonba.runtime").RuntimeOptions(
            connect_timeout=connect, read_timeout=answer
        )
        failures = (
            load("alibabacloud-tea-openapi", "Tea.exceptions").TeaException,
            load("alibabacloud-credentials", "alibabacloud_credentials.exceptions").CredentialException,
        )
        ram = f"{PRODUCTS[product].ram}:{operation}"
        where, answered = self._where(product), product in self._answered
        try:
            with _proxy_for(str(self._client(product)[0]._endpoint)):
                body = _within(left + _LEAST, lambda: call(runtime))
            result = t.cast(Params, body.to_map())
        except failures as error:
            failure = _translate(error, ram, where, answered)
            if failure.code:
                self._answered.add(product)
            raise failure from None
        except TimeoutError:
            raise CloudError(
                f"{where} had not finished its answer when the {self._budget.seconds:g} seconds of wait_timeout were "
                "over.",
                code="WaitTimeout",
                kind=Kind.TRANSIENT,
                unclear=True,
                ram=ram,
            ) from None
        except _MALFORMED:
            raise _not_api(where, "its answer has another form", answered, ram) from None
        if hasattr(body, "request_id") and not result.get("RequestId"):
            raise _not_api(where, "its answer has no RequestId", answered, ram)
        return result

    def _client(self, product: str) -> tuple[t.Any, t.Any, dict[str, str]]:
        if product not in self._clients:
            spec = PRODUCTS[product]
            sdk = load(spec.package, f"{spec.module}.client")
            client = sdk.Client(self._config(product))
            methods = {name.replace("_", ""): name for name in dir(client) if name.endswith("_with_options")}
            self._clients[product] = client, load(spec.package, f"{spec.module}.models"), methods
        return self._clients[product]

    def _config(self, product: str) -> t.Any:
        spec, options = PRODUCTS[product], self._options
        models = load("alibabacloud-tea-openapi", "alibabacloud_tea_openapi.utils_models")
        given = (options.get("endpoints") or {}).get(product) or options.get("endpoint")
        if not given and not (options.get("region") or spec.default_region):
            raise RefusedError(
                "No region is given.", "Set region, or the environment variable ALIBABA_CLOUD_REGION_ID."
            )
        protocol, endpoint = split_endpoint(given or spec.endpoint(self._region(spec)))
        os.environ.pop("DEBUG", None)  # DEBUG=sdk makes the SDK print every request, with the private keys in it
        return models.Config(
            region_id=self._region(spec),
            endpoint=endpoint or None,
            protocol=protocol,
            credential=self._credentials(),
            user_agent="ansible/alicloud.mtls",
        )

    def _region(self, spec: Product) -> str:
        region = str(self._options.get("region") or spec.default_region or "cn-hangzhou").strip()
        if not _REGION.fullmatch(region):
            raise RefusedError(f"region {region!r} is not the id of a region.", "Write it like cn-hangzhou.")
        return region

    def _credentials(self) -> t.Any:
        package = "alibabacloud-credentials"
        credentials = load(package, "alibabacloud_credentials.client").Client
        source = choose(self._options, os.environ)
        if source.profile:
            return credentials(provider=_Profile(load(package, "alibabacloud_credentials.provider"), source.profile))
        if source.keys:
            models = load(package, "alibabacloud_credentials.models")
            kind = "sts" if source.keys.get("security_token") else "access_key"
            return credentials(models.Config(type=kind, **source.keys))
        return credentials()

    def _where(self, product: str) -> str:
        """Return the endpoint of ``product`` as a URL, for messages: a wrong scheme is a common mistake."""
        client = self._client(product)[0]
        protocol = str(getattr(client, "_protocol", "") or "https").lower()
        return f"{protocol}://{getattr(client, '_endpoint', '') or 'the endpoint'}"

    @staticmethod
    def _upgrade(spec: Product) -> str:
        return f"Upgrade it: {sys.executable} -m pip install --upgrade {spec.package}"


class _Profile:
    """Credentials of a named profile in ``~/.aliyun/config.json``, else in ``~/.alibabacloud/credentials``."""

    def __init__(self, providers: t.Any, name: str) -> None:
        self._sources = [
            getattr(providers, source)(profile_name=name)
            for source in ("CLIProfileCredentialsProvider", "ProfileCredentialsProvider")
        ]
        self._failure = f"there is no usable profile {name!r} in ~/.aliyun/config.json or ~/.alibabacloud/credentials"

    def get_provider_name(self) -> str:
        return "profile"

    def get_credentials(self) -> t.Any:
        failure = load("alibabacloud-credentials", "alibabacloud_credentials.exceptions").CredentialException
        for source in self._sources:
            try:
                return source.get_credentials()
            except (failure, OSError, ValueError):
                continue
        raise failure(self._failure)


def dropped_parameter(params: t.Any, sent: t.Any) -> str:
    """Return the first name in ``params`` that the model of the SDK has dropped, empty if none.

    A dropped CaEnabled, for instance, would open a listener to everyone.
    """
    if isinstance(params, dict):
        for name, value in params.items():
            if not isinstance(sent, dict) or sent.get(name) is None:
                return str(name)
            if dropped := dropped_parameter(value, sent[name]):
                return dropped
    elif isinstance(params, list):
        return next(filter(None, (dropped_parameter(*pair) for pair in zip(params, sent, strict=True))), "")
    return ""


def _translate(error: t.Any, ram: str, where: str, answered: bool) -> CloudError:
    """Return the CloudError for an error that the SDK has raised.

    It contains no URL: URLs carry the parameters, private keys among them.

    Args:
        error: the exception of the SDK.
        ram: the RAM action of the call.
        where: the endpoint as a URL.
        answered: the API has answered at this endpoint in this run.
    """
    status = getattr(error, "status_code", None)
    if status is not None:
        data = error.data if isinstance(error.data, dict) else {}
        code = str(data.get("Code") or data.get("code") or "")
        if not code:
            return _not_api(where, f"its answer with HTTP status {status} has no error code", answered, ram)
        return CloudError(
            str(data.get("Message") or data.get("message") or code).strip(),
            code=code,
            http_status=int(status),
            # An answer with a retry-after comes from flow control, whatever its code.
            kind=Kind.TRANSIENT if getattr(error, "retry_after", None) else None,
            request_id=str(getattr(error, "request_id", None) or ""),
            recommend=str(data.get("Recommend") or data.get("recommend") or ""),
            retry_after=float(getattr(error, "retry_after", None) or 0.0),
            unclear=int(status) >= 500,
            ram=ram,
        )
    causes = list(_causes(error))
    names = [type(cause).__name__ for cause in causes]
    if refusal := next((c for c in causes if type(c).__name__ == "CredentialException"), None):
        return CloudError(f"No usable credentials: {refusal}", kind=Kind.DENIED, hint=ADVICE)
    if "InvalidHeader" in names:
        return CloudError("A credential has a line break or a blank in it.", kind=Kind.DENIED, hint=ADVICE)
    reason = next((_NOT_SENT[name] for name in names if name in _NOT_SENT), None)
    if reason:
        detail = ": ".join(filter(None, [reason, next(filter(None, map(_detail, causes)), "")]))
        return CloudError(f"{where} cannot be reached ({detail}).", kind=Kind.UNREACHABLE, ram=ram)
    if any(isinstance(cause, (RuntimeError, *_MALFORMED)) for cause in causes) and not _broken_off(causes):
        return _not_api(where, "its answer is not JSON", answered, ram)
    named = next((_NO_ANSWER[name] for name in reversed(names) if name in _NO_ANSWER), "")
    why = named or next(filter(None, map(_detail, causes)), "") or names[-1]
    if not answered:
        return _not_api(where, why, answered, ram)
    return CloudError(f"{where} gave no usable answer ({why}).", kind=Kind.TRANSIENT, unclear=True, ram=ram)


def _not_api(where: str, why: str, answered: bool, ram: str) -> CloudError:
    kind = Kind.NOT_API if answered else Kind.WRONG_ENDPOINT
    return CloudError(f"{where} does not answer as the API does ({why}).", kind=kind, unclear=True, ram=ram)


def _broken_off(causes: list[BaseException]) -> bool:
    """Return whether the connection broke; otherwise an answer came that cannot be understood."""
    return any(isinstance(cause, OSError) and not isinstance(cause, ValueError) for cause in causes)


def _detail(cause: BaseException) -> str:
    """Return the operating system's or TLS library's reason for a failed connection, empty for other errors."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted, {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"{cause.reason or cause.strerror or 'unknown reason'}: does it speak TLS?"
    return os.strerror(cause.errno) if isinstance(cause, OSError) and isinstance(cause.errno, int) else ""


def _causes(error: t.Any) -> t.Iterator[BaseException]:
    """Yield ``error`` and every exception that it was raised from or wraps, each once."""
    seen: list[BaseException] = []
    todo = [error]
    while todo:
        cause = todo.pop(0)
        if isinstance(cause, BaseException) and not any(cause is other for other in seen):
            seen.append(cause)
            yield cause
            todo += [getattr(cause, "inner_exception", None), cause.__cause__, cause.__context__]
            todo += [getattr(cause, "reason", None), *cause.args]
