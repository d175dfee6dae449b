# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo as a test bed: its own sandbox and hosts beside those of a demo that may be running."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.witnesses.processes import Killable

ROOT = Path(__file__).resolve().parents[2]
_RECAP = re.compile(r"^(\S+)\s+: (ok=\d+.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """What a finished ``ansible-playbook`` (or script) said. ``recap`` is ``{host: {"ok": n, "changed": n, ...}}``."""

    returncode: int
    output: str

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        found = {}
        for host, counts in _RECAP.findall(self.output):
            found[host] = {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", counts)}
        return found

    @property
    def changed(self) -> dict[str, int]:
        """Hosts that reported a change, with how many."""
        return {host: counts["changed"] for host, counts in self.recap.items() if counts["changed"]}


@dataclass(frozen=True)
class Scene:
    """One sandbox with two hosts. ``number`` (70 to 99; 70 is the demo's own) keeps scenes out of each other's way."""

    directory: Path
    number: int
    name: str

    @property
    def inventory(self) -> Path:
        return self.directory / "inventory.yml"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def pki(self) -> Path:
        return self.state / "pki"

    @property
    def port(self) -> int:
        return 9900 + 10 * (self.number - 70)

    @property
    def dns_port(self) -> int:
        return self.port + 53

    @property
    def prefix(self) -> str:
        return f"alicloud-mtls-{self.name}"

    @property
    def access_key_secret(self) -> str:
        return (self.state / "access-key-secret.txt").read_text().strip()

    @property
    def environment(self) -> dict[str, str]:
        """For the scripts of demo/, and for ansible-playbook."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "ALIBABA_"))},
            "DEMO_INVENTORY": str(self.inventory),
            "DEMO_PORT": str(self.port),
            "DEMO_DNS_PORT": str(self.dns_port),
            "DEMO_ADDRESS_POOL": f"127.{self.number}.0.0/24",
        }

    def write_inventory(self) -> None:
        """The demo's inventory with other names, ports and addresses."""
        text = (ROOT / "demo" / "inventory.yml").read_text()
        for old, new in (
            ("10.213.70.", f"10.213.{self.number}."),
            ("alicloud-mtls-demo", self.prefix),
            ("127.0.0.1:9900", f"127.0.0.1:{self.port}"),
            ("127.0.0.1:9953", f"127.0.0.1:{self.dns_port}"),
        ):
            if old not in text:
                raise AssertionError(f"demo/inventory.yml no longer holds {old}")
            text = text.replace(old, new)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.inventory.write_text(text)

    def script(self, name: str, *arguments: str) -> Run:
        """Runs ``demo/<name>.sh``."""
        return run([str(ROOT / "demo" / f"{name}.sh"), *arguments], self.environment)

    def command(self, playbook: str, *options: str) -> list[str]:
        """The command line by which a user runs a playbook here."""
        return [str(ROOT / ".venv/bin/ansible-playbook"), "-i", str(self.inventory), playbook, *options]

    @property
    def play_environment(self) -> dict[str, str]:
        return {
            **self.environment,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache/collections"),
            "ANSIBLE_HOME": str(self.state / "ansible"),
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_NOCOLOR": "true",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "demo",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.access_key_secret,
        }

    def play(self, playbook: str, *options: str) -> Run:
        return run(self.command(playbook, *options), self.play_environment)

    def start(self, playbook: str, *options: str) -> Killable[bytes]:
        """Starts a playbook, all of which can be killed at once."""
        with (self.state / "killed.log").open("ab") as log:
            return Killable(
                self.command(playbook, *options),
                env=self.play_environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def control(self, path: str, method: str = "GET") -> Any:
        """The sandbox's control interface."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/_sandbox/{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read() or b"null")

    def requests(self, *, writes: bool = False) -> list[dict[str, Any]]:
        """What the sandbox was asked since :meth:`forget_requests`."""
        answer = self.control("requests" + ("?writes=1" if writes else ""))
        return list(answer["requests"] if isinstance(answer, dict) else answer)

    def forget_requests(self) -> None:
        self.control("requests", "DELETE")


@contextmanager
def scene(directory: Path, number: int, name: str) -> Iterator[Scene]:
    """A scene that is taken down at the end, and whose left-overs of an earlier run are taken down first."""
    it = Scene(directory, number, name)
    it.write_inventory()
    it.script("down")
    try:
        yield it
    finally:
        it.script("down")


def run(command: list[str], environment: dict[str, str]) -> Run:
    """Runs a command to its end; standard output and standard error come as one text."""
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout)
