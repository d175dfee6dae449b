# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario with a CA of its own (way 2) from nothing to teardown, as a user runs it.

The tests build on each other, in the order of the file.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections import Counter
from pathlib import Path

from tests.e2e.scene import Scene
from tests.e2e.witness import DOMAIN, GREETINGS, VERDICT, cloud, curl
from tests.witnesses.cloud import NOTHING
from tests.witnesses.openssl import fingerprint, openssl
from tools.policies import allowed, asked

SCENE = 71
# With all that Ansible can say, so that a secret that could be seen is seen.
FIRST_RUN = ("-vvv", "--diff")


def files(directory: Path) -> dict[str, tuple[int, int, int]]:
    """Every file below a directory with what a write would change."""
    return {
        str(path): (path.lstat().st_mode, path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in directory.rglob("*")
        if not path.is_relative_to(directory / "sandbox")  # the sandbox keeps its own log
        and not path.name.startswith("sandbox.")
        and not path.is_relative_to(directory / "ansible")  # ANSIBLE_HOME
    }


def on_host(stage: Scene, host: str, command: str) -> str:
    """Runs a shell command on one of the hosts, over SSH and without Ansible."""
    address = {"ecs01": 11, "ecs02": 12}[host]
    return subprocess.run(
        [
            "ssh",
            *("-i", str(stage.state / "hosts/id_ed25519")),
            *("-o", f"UserKnownHostsFile={stage.state / 'hosts/known_hosts'}"),
            f"root@10.213.{stage.number}.{address}",
            command,
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def files_on(stage: Scene, host: str) -> str:
    """What is in the places where the role writes, and which packages there are."""
    places = "/etc /usr/share /var/www /opt /usr/local /usr/sbin"
    return on_host(stage, host, f"find {places} -xdev -printf '%p %m %u %s %T@\\n' | sort; dpkg -l")


def test_check_mode_on_an_empty_cloud_writes_nothing(stage: Scene) -> None:
    before, hosts = files(stage.state), {host: files_on(stage, host) for host in ("ecs01", "ecs02")}
    stage.forget_requests()
    done = stage.play("alicloud.mtls.site", "--check", "--diff")
    assert done.returncode == 0, done.output
    assert done.changed.keys() == {"localhost", "ecs01", "ecs02"}, "it announces what it would make"
    for would_be in (
        "client-alb-user",
        '"mutual_authentication": true',
        "Hello World ! This is ECS01.",
        "ssl_certificate",
    ):
        assert would_be in done.output
    assert stage.requests(), "the cloud was asked"
    assert stage.requests(writes=True) == []
    assert cloud(stage) == NOTHING
    assert files(stage.state) == before
    assert {host: files_on(stage, host) for host in ("ecs01", "ecs02")} == hosts


def test_the_first_run_is_within_its_ram_policy(stage: Scene, first_run: str) -> None:
    assert {"alb:CreateListener", "alb:ListSystemSecurityPolicies"} <= asked(stage.requests()) <= allowed("site")


def secrets(stage: Scene) -> dict[str, str]:
    """Everything that must not be seen: name, and a piece of text that gives it away."""
    found = {
        "access key secret": stage.access_key_secret,
        "PKCS#12 passphrase": (stage.state / "pkcs12-passphrase.txt").read_text().strip(),
    }
    for key in stage.pki.rglob("*.key"):
        found[str(key)] = key.read_text().splitlines()[5]
    assert len(found) >= 6
    return found


def test_no_secret_in_the_output_of_a_very_verbose_run_that_makes_everything(stage: Scene, first_run: str) -> None:
    logs = [path.read_text(errors="replace") for path in stage.state.rglob("*.log") if path.is_file()]
    everything = "".join([first_run, *logs, repr(stage.requests())])
    seen = [name for name, text in secrets(stage).items() if text in everything]
    assert seen == []


def test_cloud_holds_the_chain_once(stage: Scene, first_run: str) -> None:
    assert cloud(stage) == {
        "load balancers": ["shop Active"],
        "server groups": ["shop Available", "shop-http Available"],
        "servers": ["shop i-demo0000000000000001:443", "shop i-demo0000000000000002:443"],
        "listeners": ["HTTP 80 Running", "HTTPS 443 Running"],
        "certificates": [f"shop-server-{fingerprint((stage.pki / 'server-ca/server.crt').read_text())[:8]}"],
        "repositories": ["shop"],
        "certificate authorities": ["shop root"],
        "records": ["www CNAME cn-hangzhou.alb.aliyuncs.com"],
    }


def test_curl_with_the_certificate_is_answered_by_both_servers(stage: Scene, first_run: str) -> None:
    own = ("--cert", str(stage.pki / "client.crt"), "--key", str(stage.pki / "client.key"))
    answers = Counter(curl(stage, *own) for _request in range(8))
    assert {body for _code, _status, body in answers} == GREETINGS
    assert {(code, status) for code, status, _body in answers} == {(0, "200")}
    assert set(answers.values()) == {4}, "the weights are equal"


def test_curl_with_the_pkcs12_of_the_browser_is_let_in(stage: Scene, first_run: str) -> None:
    passphrase = (stage.state / "pkcs12-passphrase.txt").read_text().strip()
    own = ("--cert-type", "P12", "--cert", f"{stage.pki / 'client.p12'}:{passphrase}")
    assert curl(stage, *own)[:2] == (0, "200")


def test_curl_without_a_certificate_is_refused(stage: Scene, first_run: str) -> None:
    code, status, body = curl(stage)
    assert code != 0 or status == "400"
    assert body not in GREETINGS


def test_curl_with_a_certificate_of_another_ca_is_refused(stage: Scene, first_run: str, tmp_path: Path) -> None:
    key, certificate = tmp_path / "other.key", tmp_path / "other.crt"
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=client-alb-user", "-keyout", key, "-out", certificate),
    )
    code, status, body = curl(stage, "--cert", str(certificate), "--key", str(key))
    assert code != 0 or status == "400"
    assert body not in GREETINGS


def test_curl_by_plain_http_is_sent_to_https(stage: Scene, first_run: str) -> None:
    code, status, answer = curl(stage, "--include", url=f"http://{DOMAIN}/page?of=one")
    assert (code, status) == (0, "301")
    assert re.search(rf"^location: https://{DOMAIN}(:443)?/page\?of=one\s*$", answer, re.IGNORECASE | re.MULTILINE)


def test_files_of_row_s10_and_s13_are_as_openssl_reads_them(stage: Scene, first_run: str) -> None:
    assert {"root.key", "root.crt", "client.key", "client.csr", "client.crt", "client.p12"} <= set(
        os.listdir(stage.pki)
    )
    checked = ("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.crt", "client.crt")
    assert "client.crt: OK" in openssl(*checked, directory=stage.pki)
    for name in ("root.crt", "client.crt"):
        text = openssl("x509", "-in", stage.pki / name, "-noout", "-text")
        assert "Public-Key: (4096 bit)" in text
        assert "Version: 3" in text
        dates = openssl("x509", "-in", stage.pki / name, "-noout", "-startdate", "-enddate")
        years = [int(year) for year in re.findall(r" (\d{4}) GMT", dates)]
        assert years[1] - years[0] in (9, 10), dates
    assert "CN = client-alb-user" in openssl("x509", "-in", stage.pki / "client.crt", "-noout", "-subject")


def test_second_run_changes_nothing_writes_nothing_and_ends_with_the_verdict(stage: Scene, first_run: str) -> None:
    stage.forget_requests()
    done = stage.play("alicloud.mtls.site")
    assert done.returncode == 0, done.output
    assert done.changed == {}, done.output
    assert stage.requests(writes=True) == []
    for line in VERDICT:
        assert re.search(line, done.output), done.output[-3000:]


def test_check_mode_after_it_reports_no_change(stage: Scene, first_run: str) -> None:
    done = stage.play("alicloud.mtls.site", "--check", "--diff")
    assert done.returncode == 0, done.output
    assert done.changed == {}, done.output


def test_what_the_inventory_orders_is_proved(stage: Scene, first_run: str, tmp_path: Path) -> None:
    order = tmp_path / "order.yml"
    order.write_text("all: {hosts: {localhost: {mtls_verify_tls_versions: ['1.2'], mtls_verify_wait_timeout: 1}}}\n")
    done = stage.play("alicloud.mtls.site", "--tags", "verify", "-i", str(order))
    assert done.returncode != 0
    assert re.search(r"server: TLS versions +NOT MET +1\.2, 1\.3", done.output), done.output[-3000:]


def test_no_secret_in_a_file_that_others_can_read(stage: Scene, first_run: str) -> None:
    hidden = [text.encode() for text in secrets(stage).values()]
    for path in stage.state.rglob("*"):
        if path.is_file() and not path.is_symlink() and any(text in path.read_bytes() for text in hidden):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    for host in ("ecs01", "ecs02"):
        readable = on_host(
            stage, host, "grep -rslE 'BEGIN .*PRIVATE KEY' /etc /usr/share /var /tmp /opt | xargs -r stat -c '%a %n'"
        )
        ours = [line for line in readable.splitlines() if "/etc/ssh/" not in line]
        assert ours == ["600 /etc/pki/nginx/private/server.key"]


def test_teardown_leaves_nothing_and_a_second_one_changes_nothing(stage: Scene, first_run: str) -> None:
    stage.forget_requests()
    first = stage.play("alicloud.mtls.teardown")
    assert first.returncode == 0, first.output
    assert first.changed
    needed = {"alb:DeleteLoadBalancer", "yundun-cert:DeleteWarehouse", "alidns:DeleteDomainRecord"}
    assert needed <= asked(stage.requests()) <= allowed("teardown")
    assert cloud(stage) == NOTHING
    stage.forget_requests()
    second = stage.play("alicloud.mtls.teardown")
    assert second.returncode == 0, second.output
    assert second.changed == {}
    assert stage.requests(writes=True) == []
    assert (stage.pki / "root.key").exists(), "the CA key cannot be had back and stays"
