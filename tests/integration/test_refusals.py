# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot work is refused with the name of its variable before anything is written, and shows no secret."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox

from tests.integration.conftest import NETWORK, ROOT, SHOP, Command

PLACE = "{{ inventory_dir }}/pki"
INSTALLED = str(ROOT / ".cache/collections/ansible_collections/alicloud/mtls")
PEM = "-----BEGIN CERTIFICATE-----"
SECRET = "S3cretOfTheTest"

PKI: dict[str, Any] = {"pki_path": "/OUT/pki", "pki_key_type": "ecdsa"}
ALB: dict[str, Any] = {
    "alb_mtls_name": "shop",
    **NETWORK,
    "alb_mtls_servers": [{"server_id": "i-1", "port": 443}],
    "alb_mtls_server_certificate": PEM,
    "alb_mtls_server_private_key_path": "/OUT/given",
    "alb_mtls_ca_certificate": PEM,
}
DNS: dict[str, Any] = {"dns_cname_domain": "example.com", "dns_cname_rr": "www", "dns_cname_value": "a.example.net"}
VERIFY: dict[str, Any] = {"mtls_verify_host": "www.example.com", "mtls_verify_address": "127.0.0.1"}

# Role, file of its tasks, variables, what the message says. /OUT is the directory of the test.
CASES: list[tuple[str, str, dict[str, Any], str]] = [
    *(
        ("pki", tasks, {**PKI, "pki_path": path}, f"pki_path is {words}")
        for tasks in ("main", "revoke")
        for path, words in (
            ("pki", "'pki', which is relative"),
            ("", "empty"),
            (None, "empty"),
            ("None", "'None', which is what a template makes of a variable without a value"),
            ("null", "'null', which is"),
            ("/OUT/pki ", "'/OUT/pki ', with a blank"),
            ("$NO_SUCH_VARIABLE/pki", "'$NO_SUCH_VARIABLE/pki', and there is no environment variable"),
            ("~no-such-user/pki", "'~no-such-user/pki', which is relative"),
            (f"{INSTALLED}/pki", "'/"),
            (f"{INSTALLED}/../../elsewhere", "'/"),
            ("/OUT/../ansible_collections/a/b/pki", "'/"),
            ("/OUT/link/pki", "'/OUT/link/pki', which is among the installed collections"),
            (str(ROOT / "roles/pki"), "'/"),
        )
    ),
    ("pki", "main", {**PKI, "pki_path": "/OUT/a\nb"}, "pki_path holds a line break"),
    ("pki", "main", {**PKI, "pki_clients_path": "clients"}, "pki_clients_path is 'clients', which is relative"),
    ("pki", "main", {**PKI, "pki_clients_path": ""}, "pki_clients_path is empty"),
    ("pki", "main", {**PKI, "pki_server_ca_path": "server"}, "pki_server_ca_path is 'server', which is relative"),
    ("pki", "main", {**PKI, "pki_crl_bundle_path": "b.pem"}, "pki_crl_bundle_path is 'b.pem', which is relative"),
    ("pki", "main", {**PKI, "pki_ca_issuer": {"path": "above"}}, "pki_ca_issuer.path is 'above', which is relative"),
    ("pki", "main", {**PKI, "pki_ca_cross_sign": {"path": "old"}}, "pki_ca_cross_sign.path is 'old', which is rel"),
    *(
        ("pki", "main", {**PKI, "pki_server_common_name": "www.example.com", name: value}, name)
        for name in ("pki_subject", "pki_ca_subject", "pki_server_ca_subject", "pki_ca_issuer", "pki_ca_cross_sign")
        for value in ("abc", ["a"])
    ),
    *(
        ("pki", "main", {**PKI, name: "abc"}, name)
        for name in ("pki_clients", "pki_revoked", "pki_ca_name_constraints")
    ),
    ("pki", "main", {**PKI, "pki_server_common_name": " "}, "pki_server_common_name is blank"),
    *(
        ("pki", "server_only", {**PKI, "pki_server_common_name": "www.example.com", **wrong}, words)
        for wrong, words in (
            ({"pki_server_common_name": " "}, "pki_server_common_name is blank"),
            ({"pki_path": "pki"}, "pki_path is 'pki', which is relative"),
            ({"pki_server_key_size": "many"}, "pki_server_key_size"),
            ({"pki_server_ca_subject": "abc"}, "pki_server_ca_subject"),
            ({"pki_key_type": "dsa"}, "pki_key_type"),
        )
    ),
    ("pki", "server_only", PKI, "pki_server_common_name is empty"),
    *(
        ("pki", "main", {**PKI, "pki_revoked": [{option: "bbo"}]}, "pki_revoked names bbo, but there is no CA")
        for option in ("client", "name", "common_name")
    ),
    (
        "pki",
        "main",
        {**PKI, "pki_revoked": [{"serial_number": "1", "path": "/OUT/b"}]},
        "pki_revoked: parameters are mutually exclusive",
    ),
    *(
        ("alb_mtls", tasks, {**ALB, "alb_mtls_name": name}, f"alb_mtls_name {words}")
        for tasks in ("main", "trust", "validate")
        for name, words in (
            ("", "is empty"),
            (" ", "is empty"),
            ("a/b", "'a/b' cannot be a name"),
            ("-shop", "'-shop' cannot be a name"),
            ("x" * 129, "'xxx"),
            ("x" * 48, "with the ending -server 'xxx"),
            ("shop\n", "'shop\\n' holds a line break"),
        )
    ),
    ("alb_mtls", "main", {**ALB, "alb_mtls_state": "absent", "alb_mtls_name": ""}, "alb_mtls_name is empty"),
    ("alb_mtls", "look", {"alb_mtls_name": ""}, "alb_mtls_name is empty"),
    ("dns_cname", "look", {**DNS, "dns_cname_rr": ""}, "dns_cname_rr is empty"),
    ("alb_mtls", "main", {**ALB, "alb_mtls_repository": " "}, "alb_mtls_repository is empty"),
    ("alb_mtls", "main", {**ALB, "alb_mtls_vpc_id": ""}, "alb_mtls_vpc_id is empty"),
    ("alb_mtls", "main", {**ALB, "alb_mtls_zone_mappings": []}, "alb_mtls_zone_mappings is empty"),
    (
        "alb_mtls",
        "main",
        {**ALB, "alb_mtls_zone_mappings": [{"zone_id": "", "vswitch_id": "v"}]},
        "has an empty zone_id or vswitch_id",
    ),
    ("alb_mtls", "main", {**ALB, "alb_mtls_listener_port": 0}, "alb_mtls_listener_port is 0. Give"),
    ("alb_mtls", "main", {**ALB, "alb_mtls_listener_port": 70000}, "alb_mtls_listener_port is 70000. Give"),
    ("alb_mtls", "main", {**ALB, "alb_mtls_servers": [{"server_id": "i-1", "port": -1}]}, "alb_mtls_servers"),
    ("alb_mtls", "main", {**ALB, "alb_mtls_security_policy_id": ""}, "alb_mtls_security_policy_id"),
    ("alb_mtls", "main", {**ALB, "alb_mtls_ca_certificate": ""}, "alb_mtls_ca_certificate_path"),
    (
        "alb_mtls",
        "main",
        {**ALB, "alb_mtls_ca_certificate": "", "alb_mtls_ca_certificate_path": "/OUT/nothing"},
        "There is no file /OUT/nothing",
    ),
    ("alb_mtls", "main", {**ALB, "alb_mtls_server_certificate": ""}, "alb_mtls_server_certificate_path"),
    (
        "alb_mtls",
        "main",
        {**ALB, "alb_mtls_server_private_key_path": "server.key"},
        "alb_mtls_server_private_key_path is 'server.key', which is relative",
    ),
    ("dns_cname", "main", {**DNS, "dns_cname_domain": ""}, "dns_cname_domain is empty"),
    ("dns_cname", "main", {**DNS, "dns_cname_rr": " "}, "dns_cname_rr is empty"),
    ("dns_cname", "main", {**DNS, "dns_cname_rr": "w w"}, "dns_cname_rr 'w w' cannot be a name"),
    *(
        (
            "mtls_verify",
            "main",
            {**VERIFY, f"mtls_verify_{name}": "a.file"},
            f"mtls_verify_{name} is 'a.file', which is rel",
        )
        for name in ("client_certificate", "client_private_key", "client_ca_private_key", "ca_path", "report_path")
    ),
    ("mtls_verify", "main", {**VERIFY, "mtls_verify_json_path": f"{INSTALLED}/x.json"}, "mtls_verify_json_path is '/"),
    ("mtls_verify", "main", {**VERIFY, "mtls_verify_more_identities": "abc"}, "mtls_verify_more_identities"),
]


def plays(out: Path) -> Iterator[dict[str, Any]]:
    """A play for each case, which goes on when the role fails, and one that writes down how they ended."""
    cases = json.loads(json.dumps(CASES).replace("/OUT", str(out)))
    for number, (role, tasks, variables, _message) in enumerate(cases):
        yield {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {
                    "block": [
                        {
                            "ansible.builtin.include_role": {"name": f"alicloud.mtls.{role}", "tasks_from": tasks},
                            "vars": variables,
                        },
                    ],
                    "rescue": [
                        {"ansible.builtin.set_fact": {f"refused_{number}": "{{ ansible_failed_result.msg }}"}},
                    ],
                }
            ],
        }
    found = [f"{{{{ refused_{number} | default('') }}}}" for number in range(len(cases))]
    yield {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.copy": {"content": found, "dest": f"{out}/found.json", "mode": "0600"}}],
    }


def below(*directories: Path) -> set[str]:
    return {str(path) for directory in directories for path in directory.rglob("*")}


def test_roles_refuse_before_they_write(ansible: Command, tmp_path: Path, sandbox: Sandbox) -> None:
    out = tmp_path / "out"
    (tmp_path / "ansible_collections/a/b").mkdir(parents=True)
    out.mkdir()
    (out / "link").symlink_to(tmp_path / "ansible_collections/a/b")
    (out / "given").write_text("key")
    command, environment = ansible(list(plays(out)), {}, sandbox)
    watched = [out, tmp_path / "ansible_collections", ROOT / "playbooks", ROOT / "roles"]
    before = below(*watched)
    done = subprocess.run(command, env=environment, cwd=out, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert below(*watched) - before == {str(out / "found.json")}
    assert sandbox.requests(writes=True) == []
    wanted = json.loads(json.dumps(CASES).replace("/OUT", str(out)))
    found = json.loads((out / "found.json").read_text())
    otherwise = [f"{case}: {said}" for case, said in zip(wanted, found, strict=True) if case[3] not in said]
    assert not otherwise, "\n".join(otherwise)
    assert all(PLACE in said for said in found if "which is relative" in said)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mtls_name": ""}, "alb_mtls_name is empty"),
        ({"mtls_host": ""}, "dns_cname_rr is empty"),
        ({"pki_path": "pki"}, "pki_path is 'pki', which is relative"),
        ({"mtls_backend_group": "none"}, "the group none is empty"),
    ],
)
def test_the_site_refuses_before_it_writes(
    ansible: Command, tmp_path: Path, sandbox: Sandbox, wrong: dict[str, Any], message: str
) -> None:
    inventory = tmp_path / "inventory.yml"
    hosts = {"ecs01": {"alicloud_instance_id": "i-1", "ansible_connection": "local"}}
    inventory.write_text(json.dumps({"all": {"children": {"ecs": {"hosts": hosts}}}}))
    command, environment = ansible([], {**SHOP, "pki_path": str(tmp_path / "pki"), **wrong}, sandbox)
    watched = [tmp_path / "pki", ROOT / "playbooks"]
    before = below(*watched)
    site = [*command[:-1], "--inventory", str(inventory), "alicloud.mtls.site"]
    done = subprocess.run(site, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert below(*watched) == before
    assert sandbox.requests(writes=True) == []


def test_a_list_in_another_encoding(ansible: Command, tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_bytes("name,common_name\nwarehouse,王小明\n".encode("gbk"))
    command, environment = ansible([], {"pki_path": str(tmp_path / "pki"), "issue_clients_file": "clients.csv"})
    issue = [*command[:-1], "alicloud.mtls.issue_clients"]
    done = subprocess.run(issue, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "clients.csv: Line 2, character 11 of the list is not UTF-8" in done.stdout + done.stderr
    assert not (tmp_path / "pki").exists()


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("alb_load_balancer", {"name": "x", "vpc_id": "v", "zone_mappings": "abc", "access_key_secret": SECRET}),
    ("alb_load_balancer", {"name": "x", "acess_key_secret": SECRET}),
    ("cas_certificate", {"name": "x", "private_key": {"content": SECRET}}),
    ("ca", {"path": "/OUT/ca", "subject": "abc", "issuer": f"path=/x passphrase={SECRET} y"}),
    ("ca", {"path": "/OUT/ca", "subject": {"common_name": "a"}, "cross_sign": {"path": "/x", "pasphrase": SECRET}}),
    ("client_certificate", {"ca_path": "/OUT/ca", "clients": [[{"name": "a", "pkcs12_passphrase": SECRET}]]}),
    ("certificate_info", {"paths": ["/OUT/given"], "passphrases": f"{SECRET},other"}),
    ("mtls_probe", {"host": "localhost", "identities": f"name=a passphrase={SECRET} made"}),
]


def test_nothing_secret_at_the_highest_verbosity(ansible: Command, tmp_path: Path) -> None:
    (tmp_path / "given").write_text("no certificate")
    tasks = [
        {f"alicloud.mtls.{module}": json.loads(json.dumps(given).replace("/OUT", str(tmp_path))), "ignore_errors": True}
        for module, given in WRONG
    ]
    # Written as a user would who keeps the secret in a file of variables: the task itself is quoted in errors.
    text = json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]).replace(SECRET, "{{ kept }}")
    command, environment = ansible(json.loads(text), {})
    (tmp_path / "kept.yml").write_text(json.dumps({"kept": SECRET}))
    done = subprocess.run(
        [*command, "-vvvv", "-e", f"@{tmp_path}/kept.yml"],
        # Without pipelining, the default, more is said.
        env={**environment, "ANSIBLE_LOG_PATH": str(tmp_path / "log"), "ANSIBLE_PIPELINING": "false"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("invocation") == len(WRONG)
    for shown in (done.stdout, done.stderr, (tmp_path / "log").read_text()):
        assert SECRET not in shown
    assert not os.path.exists(tmp_path / "ca")
