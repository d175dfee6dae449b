# SPDX-License-Identifier: GPL-3.0-or-later
"""The unmodified SDK by wire names, and what the tests of the control plane send with it."""

from __future__ import annotations

import importlib
import os
import time
import typing as t
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alicloud_sandbox.testing import Sandbox
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ACCOUNT: dict[str, t.Any] = {
    "vpcs": [
        {
            "vpc_id": "vpc-1",
            "vswitches": [
                {"vswitch_id": "vsw-h", "zone_id": "cn-hangzhou-h"},
                {"vswitch_id": "vsw-i", "zone_id": "cn-hangzhou-i"},
            ],
        },
        {"vpc_id": "vpc-2", "vswitches": [{"vswitch_id": "vsw-2", "zone_id": "cn-hangzhou-h"}]},
    ],
    "ecs": [
        {"instance_id": "i-1", "address": "127.0.0.1", "zone_id": "cn-hangzhou-h", "vpc_id": "vpc-1"},
        {"instance_id": "i-2", "address": "127.0.0.2", "zone_id": "cn-hangzhou-i", "vpc_id": "vpc-1"},
        {"instance_id": "i-elsewhere", "address": "127.0.0.3", "zone_id": "cn-hangzhou-h", "vpc_id": "vpc-2"},
    ],
    "domains": ["example.com"],
}
# The SDK's packages have no types: they are imported as data.
AlibabaCloudException: t.Any = importlib.import_module("alibabacloud_tea_openapi.exceptions").AlibabaCloudException
_Config: t.Any = importlib.import_module("alibabacloud_tea_openapi.utils_models").Config
SDKS = {
    "alb": "alibabacloud_alb20200616",
    "cas": "alibabacloud_cas20200407",
    "pca": "alibabacloud_cas20200630",
    "ecs": "alibabacloud_ecs20140526",
    "dns": "alibabacloud_alidns20150109",
}


def wait_until(condition: Callable[[], t.Any], what: str, timeout: float = 120) -> t.Any:
    """Waits for the first true value of ``condition`` and returns it."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.005)
    raise AssertionError(f"timed out: {what}")


def computing(process: int, children: bool = False) -> float:
    """Returns the CPU time of a process, in seconds; with ``children`` also of those it has waited for."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if children else 13])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Sdk:
    """The official clients, by wire names. Checks that the SDK's models know every field of a response."""

    sandbox: Sandbox
    access_key_id: str = "sandbox"
    access_key_secret: str = "sandbox"
    called: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._clients = {product: self._client(product) for product in SDKS}

    def _client(self, product: str) -> t.Any:
        config = _Config(
            endpoint=self.sandbox.endpoint,
            protocol="HTTP",
            access_key_id=self.access_key_id,
            access_key_secret=self.access_key_secret,
            connect_timeout=5000,
            read_timeout=20000,
        )

        plain: t.Any = importlib.import_module(f"{SDKS[product]}.client").Client

        class Observed(plain):  # type: ignore[misc]  # the SDK has no types
            raw: t.Any = None

            def call_api(self, *arguments: t.Any) -> t.Any:
                response = super().call_api(*arguments)
                self.raw = response["body"]
                return response

        return Observed(config)

    def __call__(self, product: str, operation: str, **params: t.Any) -> dict[str, t.Any]:
        """Calls an operation; returns the body of its response."""
        body = self.plain(product, operation, **params)
        raw = self._clients[product].raw
        assert _filled(body) == _filled(raw), f"{operation}: the SDK drops a part of the response"
        return body

    def plain(self, product: str, operation: str, **params: t.Any) -> dict[str, t.Any]:
        """Calls an operation without the check of its response."""
        client, models = self._clients[product], importlib.import_module(f"{SDKS[product]}.models")
        name = next(item for item in dir(client) if item.replace("_", "") == operation.lower())
        make = getattr(models, f"{operation}Request", None)
        response = getattr(client, name)(*([make().from_map(params)] if make else []))
        self.called.add((product, operation))
        return dict(response.body.to_map())

    def raw(self, product: str) -> dict[str, t.Any]:
        """Returns the last answer of a product, with what the models have no fields for."""
        return dict(self._clients[product].raw)

    def refused(self, product: str, operation: str, **params: t.Any) -> tuple[int, str]:
        """Returns HTTP status and code of a call that has to fail."""
        with pytest.raises(AlibabaCloudException) as caught:
            self(product, operation, **params)
        return caught.value.status_code, caught.value.code

    def job(self, answer: dict[str, t.Any]) -> dict[str, t.Any]:
        """Waits for the job of an answer and returns it."""

        def done() -> t.Any:
            jobs = self("alb", "ListAsynJobs", JobIds=[answer["JobId"]])["Jobs"]
            return jobs[0] if jobs[0]["Status"] != "Processing" else None

        return dict(wait_until(done, "job"))

    def write(self, operation: str, **params: t.Any) -> dict[str, t.Any]:
        """Calls an operation of ALB whose job has to succeed, and returns its answer."""
        answer = self("alb", operation, **params)
        assert self.job(answer)["Status"] == "Succeeded"
        return answer

    def status(self, balancer: str) -> str:
        """Returns the status of a load balancer, empty if there is none."""
        found = self("alb", "ListLoadBalancers", LoadBalancerIds=[balancer])["LoadBalancers"]
        return str(found[0]["LoadBalancerStatus"]) if found else ""

    def balancer(self, **changes: t.Any) -> str:
        """Returns the id of a new, active load balancer."""
        params = BALANCER | changes
        identifier = self("alb", "CreateLoadBalancer", **params)["LoadBalancerId"]
        wait_until(lambda: self.status(identifier) == "Active", "load balancer")
        return str(identifier)

    def group(self, **changes: t.Any) -> str:
        """Returns the id of a new, available server group."""
        return str(self.write("CreateServerGroup", **GROUP | changes)["ServerGroupId"])

    def certificate(self, pair: Pair, name: str = "server") -> str:
        """Uploads a certificate and returns its id for ALB."""
        number = self("cas", "UploadUserCertificate", Name=name, Cert=pair.pem, Key=pair.key_pem)["CertId"]
        return str(self("cas", "GetUserCertificateDetail", CertId=number, CertFilter=True)["CertIdentifier"])

    def ca(self, pair: Pair) -> str:
        """Uploads a CA certificate and returns its id for ALB."""
        self("cas", "CreateWarehouse", Name="clients", Type="uploadedAuthorityCertificate")
        number = self("cas", "ListCertWarehouse", Name="clients")["CertWarehouseList"][-1]["WhId"]
        return str(self("cas", "UploadPCACert", WarehouseId=number, Name="ca", Cert=pair.pem)["Identifier"])

    def listener(self, balancer: str, group: str, **changes: t.Any) -> dict[str, t.Any]:
        """Returns the answer for a new, running listener, HTTP on port 80 unless changed."""
        return self.write("CreateListener", **listener_params(balancer, group, **changes))


def _filled(value: t.Any) -> t.Any:
    """Returns a response without empty lists, which the models add."""
    if isinstance(value, dict):
        return {name: _filled(item) for name, item in value.items() if item != []}
    return [_filled(item) for item in value] if isinstance(value, list) else value


def flat(value: t.Any, name: str = "") -> dict[str, str]:
    """Returns parameters in their flat form, as requests have them: ``Certificates.1.CertificateId``."""
    if isinstance(value, dict):
        parts = {f"{name}.{key}" if name else key: item for key, item in value.items()}
    elif isinstance(value, list):
        parts = {f"{name}.{number}": item for number, item in enumerate(value, 1)}
    else:
        return {name: str(value).lower() if isinstance(value, bool) else str(value)}
    return {key: text for part, item in parts.items() for key, text in flat(item, part).items()}


def forward(group: str) -> list[dict[str, t.Any]]:
    """DefaultActions of a listener."""
    return [{"Type": "ForwardGroup", "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": group}]}}]


def listener_params(balancer: str, group: str, **changes: t.Any) -> dict[str, t.Any]:
    """Parameters of CreateListener."""
    params = {"LoadBalancerId": balancer, "ListenerProtocol": "HTTP", "ListenerPort": 80}
    return {**params, "DefaultActions": forward(group), **changes}


BALANCER: dict[str, t.Any] = {
    "LoadBalancerName": "shop",
    "VpcId": "vpc-1",
    "AddressType": "Internet",
    "LoadBalancerEdition": "Standard",
    "LoadBalancerBillingConfig": {"PayType": "PostPay"},
    "ZoneMappings": [
        {"ZoneId": "cn-hangzhou-h", "VSwitchId": "vsw-h"},
        {"ZoneId": "cn-hangzhou-i", "VSwitchId": "vsw-i"},
    ],
}
GROUP: dict[str, t.Any] = {
    "ServerGroupName": "shop",
    "VpcId": "vpc-1",
    "HealthCheckConfig": {"HealthCheckEnabled": False},
}


@dataclass(frozen=True)
class Pair:
    """A certificate (with its chain) and its private key, both PEM."""

    pem: str
    key_pem: str = field(repr=False)


def make_pair(name: str, *, ca: bool = False, days: int = 30, start: int = -1) -> Pair:
    """A self-signed certificate, valid from ``start`` days from now on."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.now(UTC) + timedelta(days=start)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=days))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode())
