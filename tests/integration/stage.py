# SPDX-License-Identifier: GPL-3.0-or-later
"""A site behind a sandbox whose load balancer can be called, and the runs of its playbooks, killed ones as well."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dns.resolver
from alicloud_sandbox.testing import Sandbox

from tests.e2e.scene import Run
from tests.integration.conftest import NETWORK, SEED, Command
from tests.witnesses.processes import Killable, wait_for

# The name of the service.
HOST = "www.example.com"
SECRETS = {"pki_ca_passphrase": "passphrase-of-the-test", "pki_pkcs12_passphrase": "another-one-of-the-test"}
SITE: list[dict[str, Any]] = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "roles": [
            {"role": "alicloud.mtls.pki", "when": "mtls_ca_source is not defined"},
            {"role": "alicloud.mtls.pca", "when": "mtls_ca_source is defined"},
        ],
        "tasks": [
            {
                "ansible.builtin.include_role": {"name": "alicloud.mtls.pki", "tasks_from": "server_only"},
                "when": "mtls_ca_source is defined",
            },
            {
                "ansible.builtin.include_role": {"name": "alicloud.mtls.alb_mtls"},
                "vars": {
                    "alb_mtls_name": "shop",
                    **NETWORK,
                    "alb_mtls_backend_protocol": "http",
                    "alb_mtls_health_check": {"enabled": False},
                    "alb_mtls_servers": [{"server_id": "i-1", "port": "{{ backend_port }}"}],
                    "alb_mtls_server_certificate": "{{ pki_result.server.certificate }}",
                    "alb_mtls_server_private_key_path": "{{ pki_result.server.private_key_path }}",
                    "alb_mtls_ca_certificate": "{{ pki_result.ca.certificate | default('') }}",
                    "alb_mtls_ca_certificate_id": "{{ (pca_ca | default({})).ca_id | default('') }}",
                },
            },
            {
                "ansible.builtin.debug": {"msg": "served at {{ alb_mtls_result.load_balancer.dns_name }}"},
                "changed_when": False,
            },
        ],
    }
]


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


class Stage:
    """A site behind a sandbox, and the runs of its playbooks."""

    def __init__(self, box: Sandbox, directory: Path, ansible: Command, python: str, variables: dict[str, Any]) -> None:
        self.box, self.directory, self._python, self.variables = box, directory, python, variables
        self.old, self.new = directory / "old", directory / "new"
        (self._command, *_rest), self._environment = ansible([], {}, box)
        (directory / "site.json").write_text(json.dumps(SITE))

    def _command_of(
        self, playbook: str, options: tuple[str, ...], python: str, given: dict[str, Any]
    ) -> tuple[list[str], dict[str, Any]]:
        """Return the command of a run, and the arguments that subprocess takes beside it."""
        local = {"ansible_connection": "local", "ansible_python_interpreter": python}
        everything = {"all": {"hosts": {"localhost": local}, "vars": self.variables}}
        inventory = self.directory / f"inventory-{Path(python).name}.json"
        inventory.write_text(json.dumps(everything))
        self.box.clear_requests()
        command = [self._command, "-i", str(inventory), playbook, *options, "-e", json.dumps(given)]
        return command, {"env": self._environment, "cwd": self.directory}

    def play(self, playbook: str, *options: str, fails: bool = False, **given: Any) -> str:
        """Run to the end, and return the output in one line."""
        command, where = self._command_of(playbook, options, self._python, given)
        done = subprocess.run(command, capture_output=True, text=True, check=False, **where)
        run = Run(done.returncode, done.stdout + done.stderr)
        assert (run.returncode != 0) == fails, run.output
        assert not [secret for secret in SECRETS.values() if secret in run.output]
        return " ".join(run.output.split())

    def kill(self, playbook: str, when: Callable[[], bool], **given: Any) -> None:
        """Run with Python's plain interpreter, and end every process of the run as soon as ``when`` holds."""
        command, where = self._command_of(playbook, (), sys.executable, given)
        with (self.directory / "killed.log").open("ab") as log:
            run: Killable[bytes] = Killable(command, stdout=log, stderr=log, **where)
        try:
            assert wait_for(when, run), (self.directory / "killed.log").read_text()
        finally:
            run.kill()
        assert run.returncode == -9, "it was over before"

    def asked(self, action: str) -> Callable[[], bool]:
        """Return a condition: the cloud has been asked for ``action`` in the run that goes on."""
        return lambda: action in [item["action"] for item in self.box.requests()]

    def address(self, said: str) -> str:
        """Return the address of the load balancer that a run of the site has named."""
        resolver = dns.resolver.Resolver(configure=False)
        assert self.box.dns
        server, port = self.box.dns.split(":")
        resolver.nameservers, resolver.port = [server], int(port)
        found = re.search(r"served at ([\w.-]+)", said)
        assert found, said
        return str(resolver.resolve(found[1], "A")[0])


@contextlib.contextmanager
def backend() -> Iterator[int]:
    """A server that answers every request with 200; its port is yielded."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def staged(ansible: Command, python: str, directory: Path) -> Iterator[Stage]:
    """A stage in ``directory``. ``python`` is the interpreter of runs that are not killed."""
    with Sandbox(dns=True, data_plane="nginx") as box, backend() as port:
        box.seed(**SEED)
        variables = {
            **SECRETS,
            "pki_path": str(directory / "old"),
            "pki_key_type": "ecdsa",
            "pki_clients": [{"name": "alice", "common_name": "alice"}],
            "pki_server_common_name": HOST,
            "pki_server_ca_path": str(directory / "server-ca"),
            "pca_key_size": 2048,
            "mtls_name": "shop",
            "backend_port": port,
        }
        yield Stage(box, directory, ansible, python, variables)
