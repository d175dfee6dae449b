# SPDX-License-Identifier: GPL-3.0-or-later
"""The role nginx_https: runs without a change, and TLS handshakes of the site that it writes.

Where geerlingguy.nginx is at hand (GEERLINGGUY_NGINX is its directory), it is run on the same hosts for comparison.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alicloud_sandbox.testing import free_port
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.site import Site, server_block

from tests.bench.figures import line, seconds
from tests.e2e.scene import Scene
from tests.witnesses.openssl import new_certificate, openssl
from tests.witnesses.servers import process

REPEATS = 5
TASKS = 8
HANDSHAKE_SECONDS = 4
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:" + os.environ.get("PATH", "")) or "nginx"


def playbook(stage: Scene, name: str, body: str) -> str:
    """Write a playbook for the hosts of the scene, and return its path."""
    path = stage.directory / f"{name}.yml"
    path.write_text(f"- hosts: ecs\n  gather_facts: false\n{body}")
    return str(path)


def sites(stage: Scene, count: int) -> str:
    """Return a play with a list of sites, each on a port of its own."""
    files = stage.directory / "nginx"
    if not files.exists():
        files.mkdir()
        new_certificate(files, "site", "/CN=site", "subjectAltName=DNS:www.example.com")
    entries = "".join(
        f"        - {{name: bench{number}, port: {9440 + number}, certificate_src: {files}/site.crt,"
        f" private_key_src: {files}/site.key, root: /srv/bench, page: bench}}\n"
        for number in range(count)
    )
    return playbook(
        stage,
        f"sites{count}",
        f"  roles:\n    - role: alicloud.mtls.nginx_https\n      vars:\n       nginx_https_sites:\n{entries}",
    )


def unchanged(stage: Scene, path: str, *options: str) -> float:
    """Return the median seconds of a run without a change. Raises SystemExit if there is one."""
    stage.play(path, *options)

    def once() -> None:
        done = stage.play(path, *options)
        if done.returncode or done.changed:
            sys.exit(done.output)

    return statistics.median(seconds(once) for _repeat in range(REPEATS))


def runs(stage: Scene) -> None:
    """Measure runs without a change: one site, five sites, and what they are compared with."""
    pings = unchanged(stage, playbook(stage, "eight", "  tasks:\n" + "    - ansible.builtin.ping:\n" * TASKS))
    one, five = unchanged(stage, sites(stage, 1)), unchanged(stage, sites(stage, 5))
    line("nginx_https, nothing to change", f"{one:.2f} s", f"{TASKS} no-op tasks: {pings:.2f} s", one / pings, 1)
    line("nginx_https with five sites", f"{five:.2f} s", f"one site: {one:.2f} s", five / one, 2)
    other = os.environ.get("GEERLINGGUY_NGINX")
    if not other:
        print("geerlingguy.nginx is not at hand: GEERLINGGUY_NGINX may name its directory.")
        return
    facts = "  pre_tasks:\n    - ansible.builtin.setup:\n"  # which it needs
    role = playbook(stage, "other", f"{facts}  roles:\n    - role: {other}\n")
    theirs = unchanged(stage, role, "-e", "nginx_remove_default_vhost=true")
    line("nginx_https, nothing to change", f"{one:.2f} s", f"geerlingguy.nginx: {theirs:.2f} s", one / theirs, 0.5)


@contextmanager
def served(directory: Path, name: str) -> Iterator[int]:
    """Serve the default profile with a certificate, and yield the port."""
    port = free_port()
    site = Site(name, "", "", f"{directory}/{name}.crt", f"{directory}/{name}.key", "", root=str(directory), port=port)
    main = directory / f"{name}.conf"
    main.write_text(
        f"daemon off; user {pwd.getpwuid(os.geteuid()).pw_name}; pid {directory}/{name}.pid; error_log stderr error;\n"
        f"worker_processes 1; events {{}} http {{ access_log off;\n{server_block(site, (1, 25, 1))}}}\n"
    )
    with process([NGINX, "-c", str(main)], directory, "127.0.0.1", port):
        yield port


def full_handshakes(port: int) -> float:
    """Return how many full handshakes per second openssl gets."""
    said = subprocess.run(
        ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-time", str(HANDSHAKE_SECONDS)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"(\d+) connections in (\d+) real seconds", said)
    if not found:
        sys.exit(said)
    return int(found[1]) / int(found[2])


def handshakes(directory: Path) -> None:
    """Compare an ECDSA certificate with the RSA 4096 of the scenario's document."""
    new_certificate(directory, "ecdsa", "/CN=ecdsa")
    openssl(
        *("req", "-x509", "-newkey", "rsa:4096", "-nodes", "-days", "2", "-subj", "/CN=rsa"),
        *("-keyout", "rsa.key", "-out", "rsa.crt"),
        directory=directory,
    )
    figures = {}
    for name in ("ecdsa", "rsa"):
        with served(directory, name) as port:
            figures[name] = full_handshakes(port)
    line(
        "full handshakes, default profile, ECDSA P-256",
        f"{figures['ecdsa']:.0f}/s",
        f"RSA 4096: {figures['rsa']:.0f}/s (the bar is a least)",
        figures["ecdsa"] / figures["rsa"],
        3,
    )
