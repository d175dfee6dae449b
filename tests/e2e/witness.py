# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there, seen without the collection: the official SDK, a resolver, curl."""

from __future__ import annotations

import subprocess

import dns.resolver

from tests.e2e.scene import Scene
from tests.witnesses.cloud import contents

DOMAIN = "www.example.com"
GREETINGS = {"Hello World ! This is ECS01.", "Hello World ! This is ECS02."}
# Lines at the end of a run, as regular expressions.
VERDICT = (
    r"no certificate +refused +refused_",
    r"certificate of a foreign CA +refused +refused_",
    r"valid certificate +accepted +accepted .*ECS01.*ECS02",
    r"server: TLS versions +met +1\.2, 1\.3",
    r"server: cipher suites +met +TLS_",
    r"server: HTTP to HTTPS +met +",
)


def cloud(stage: Scene) -> dict[str, list[str]]:
    return contents(f"127.0.0.1:{stage.port}", "demo", stage.access_key_secret, "example.com")


def address(stage: Scene) -> str:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], stage.dns_port
    return str(resolver.resolve(DOMAIN, "A")[0])


def curl(stage: Scene, *options: str, url: str = f"https://{DOMAIN}/") -> tuple[int, str, str]:
    """(exit status of curl, HTTP status, body) of one request to the service."""
    own = address(stage)
    done = subprocess.run(
        [
            *("curl", "--silent", "--show-error", "--max-time", "60", "--write-out", "\\n%{http_code}"),
            *("--resolve", f"{DOMAIN}:443:{own}", "--resolve", f"{DOMAIN}:80:{own}"),
            *("--cacert", str(stage.pki / "server-ca/root.crt")),
            *options,
            url,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    body, _newline, status = done.stdout.rpartition("\n")
    return done.returncode, status, body.strip()
