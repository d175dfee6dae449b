# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS policy that was ordered, on the listener that has it: as sslyze sees it, and as the probe does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dns.resolver
import pytest
from alicloud_sandbox.alb.security_policies import SYSTEM
from alicloud_sandbox.testing import Sandbox
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import runner, server
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.handshake import Target

from tests.integration.conftest import ROOT, SEED

HOST, PORT = "www.example.com", 8443  # 443 would take root
SSLYZE = ROOT / ".cache/sslyze/bin/sslyze"  # has an environment of its own: it wants another cryptography
STRICT = (("TLSv1.2", "TLSv1.3"), ("ECDHE-RSA-AES256-GCM-SHA384", "TLS_AES_256_GCM_SHA384"))


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        ("tls_cipher_policy_1_2_strict_with_1_3", "ecdsa"),
        ("tls_cipher_policy_1_2_strict", "rsa"),
        ("custom", "rsa"),
    ],
)
def test_the_listener_offers_what_was_ordered(play: Callable[..., str], tmp_path: Path, policy: str, key: str) -> None:
    versions, suites = SYSTEM.get(policy, STRICT)
    # What nobody can use: a suite whose signature is that of another key.
    usable = {each for each in suites if each.split("-")[1:2] != ["RSA" if key == "ecdsa" else "ECDSA"]}
    pki, name = tmp_path / "pki", tmp_path / "name"
    with Sandbox(data_plane="nginx") as box:
        box.seed(**SEED)
        custom = {"name": "strict", "tls_versions": STRICT[0], "ciphers": STRICT[1]}
        variables = {
            "pki_path": str(pki),
            "pki_key_type": key,
            "pki_key_size": 2048,
            "pki_server_key_type": key,
            "pki_server_common_name": HOST,
            "pki_pkcs12_passphrase": "policy-secret",
            "alb_mtls_name": "shop",
            "alb_mtls_vpc_id": "vpc-1",
            "alb_mtls_zone_mappings": [
                {"zone_id": f"cn-hangzhou-{zone}", "vswitch_id": f"vsw-{zone}"} for zone in ("h", "i")
            ],
            "alb_mtls_servers": [{"server_id": "i-1", "port": 1}],
            "alb_mtls_listener_port": PORT,
            "alb_mtls_security_policy_id": "{{ made.security_policy.security_policy_id }}"
            if policy == "custom"
            else policy,
            "alb_mtls_server_certificate": "{{ pki_result.server.certificate }}",
            "alb_mtls_server_private_key_path": "{{ pki_result.server.private_key_path }}",
            "alb_mtls_ca_certificate": "{{ pki_result.ca.certificate }}",
        }
        steps = {
            "pre_tasks": [{"alicloud.mtls.alb_security_policy": custom, "register": "made"}],
            "roles": ["alicloud.mtls.pki", "alicloud.mtls.alb_mtls"],
            "tasks": [
                {"ansible.builtin.copy": {"content": "{{ alb_mtls_result.load_balancer.dns_name }}", "dest": str(name)}}
            ],
        }
        play([{"hosts": "localhost", "gather_facts": False, **steps}], variables, box)
        address = _address(box, name.read_text())
        found = _sslyze(address, tmp_path)
        wanted: dict[str, Any] = {"verified": True, "days_left": 0, "asks_for_certificate": True, "http_port": 0}
        wanted |= {"tls_versions": [each.removeprefix("TLSv") for each in versions], "ciphers": list(suites)}
        params = {"server": wanted, "ca_path": str(pki / "server-ca/root.crt")}
        facts, checks = server.examine(runner.Plan(Target(HOST, PORT, "/", 10), address, None, 1), params)
    assert {each for each, offered in found.items() if offered} == {
        f"tls_{each.removeprefix('TLSv').replace('.', '_')}_cipher_suites" for each in versions
    }
    assert set().union(*found.values()) == set(facts["ciphers"]) == usable
    assert [each["name"] for each in checks if not each["met"]] == []


def _address(box: Sandbox, name: str) -> str:
    stub = dns.resolver.Resolver(configure=False)
    assert box.dns
    stub.nameservers, port = [box.dns.rpartition(":")[0]], box.dns.rpartition(":")[2]
    stub.port = int(port)
    return str(stub.resolve(name, "A")[0])


def _sslyze(address: str, directory: Path) -> dict[str, set[str]]:
    """The cipher suites that a server takes, by the names that sslyze has for the versions of TLS."""
    result = directory / "sslyze.json"
    command = [str(SSLYZE), f"--json_out={result}", f"--sni={HOST}", "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1"]
    command += ["--tlsv1_2", "--tlsv1_3", f"{address}:{PORT}"]
    subprocess.run(command, check=False, capture_output=True, timeout=120)
    (scan,) = json.loads(result.read_text())["server_scan_results"]
    return {
        name: {each["cipher_suite"]["openssl_name"] for each in version["result"]["accepted_cipher_suites"]}
        for name, version in scan["scan_result"].items()
        if name.endswith("_cipher_suites") and version["result"]
    }
