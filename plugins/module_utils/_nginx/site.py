# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describe a site, and write its server block.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import os
import re
import typing as t
from dataclasses import dataclass, field

from . import client_identity
from .client_identity import ClientIdentity
from .client_options import client_identity as read_identity
from .configuration import quoted
from .files import SiteError

MARK = "# Managed by Ansible (role alicloud.mtls.nginx_https). Changes made here are lost.\n"

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
KINDS = ("certificate", "private_key", "configuration")


@dataclass(frozen=True)
class Profile:
    """Settings of TLS, with the version of the recommendation and its source."""

    version: str
    source: str
    protocols: tuple[str, ...]
    ciphers: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ("ssl_session_cache shared:nginx_https:1m",)
    stapling: bool = False


_MOZILLA = "https://ssl-config.mozilla.org/guidelines/5.7.json"
_MOZILLA_SESSIONS = (
    "ssl_session_cache shared:nginx_https:1m",
    "ssl_session_timeout 1d",
    "ssl_session_tickets off",
)
PROFILES = {
    "default": Profile("1", "the scenario of this collection", ("TLSv1.2", "TLSv1.3")),
    "intermediate": Profile(
        "5.7",
        _MOZILLA,
        ("TLSv1.2", "TLSv1.3"),
        # Without those of finite-field Diffie-Hellman, which Nginx offers only with a file of parameters.
        (
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            "ECDHE-RSA-AES128-GCM-SHA256",
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-RSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "ECDHE-RSA-CHACHA20-POLY1305",
        ),
        ("X25519", "prime256v1", "secp384r1"),
        _MOZILLA_SESSIONS,
        stapling=True,
    ),
    "modern": Profile(
        "5.7", _MOZILLA, ("TLSv1.3",), (), ("X25519", "prime256v1", "secp384r1"), _MOZILLA_SESSIONS, stapling=True
    ),
}


@dataclass(frozen=True)
class Site:
    """One HTTPS site: what is to be served, and the paths of its files."""

    name: str
    certificate: str
    private_key: str
    certificate_path: str
    private_key_path: str
    configuration_path: str
    root: str = "/usr/share/nginx/html"
    port: int = 443
    ipv6: bool = False
    default_server: bool = False
    server_name: str = "_"
    upstream: str = ""
    page: str = ""
    profile: str = "default"
    protocols: tuple[str, ...] = ()
    http2: bool = False
    password_file: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    extra: str = ""
    client_identity: ClientIdentity | None = None
    client_ca: str = ""
    client_crl: str = ""
    client_ca_path: str = ""
    client_crl_path: str = ""
    state: str = "present"
    option_prefix: str = ""

    def option(self, name: str) -> str:
        """Return how messages call one of the site's options."""
        return self.option_prefix + name

    @property
    def page_path(self) -> str:
        """Return the path of the page that the site writes, or nothing."""
        return os.path.join(self.root, "index.html") if self.page or self.state == "absent" else ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of files that Nginx reads for the site."""
        clients = {"client_ca": self.client_ca, "client_crl": self.client_crl}
        absent = self.state == "absent"  # what an earlier run has made is removed
        return (*KINDS, *(kind for kind, text in clients.items() if text or absent))

    @property
    def made_later(self) -> bool:
        """Return whether the certificate or the key does not exist on the controller yet, as in a check run."""
        return not (self.certificate and self.private_key)


def server_block(site: Site, version: tuple[int, ...], responder: bool = False, lists: str = "") -> str:
    """Return the file of a site for a version of Nginx.

    ``responder``: its certificate names an OCSP responder. ``lists``: the directory of its lists of clients.
    """
    profile = PROFILES[site.profile]
    old_http2 = site.http2 and version < (1, 25, 1)
    words = "ssl" + " http2" * old_http2 + " default_server" * site.default_server
    lines = [f"listen {address}{site.port} {words};" for address in (["", "[::]:"] if site.ipv6 else [""])]
    if site.http2 and not old_http2:
        lines.append("http2 on;")
    lines.append(f"server_name {site.server_name};")
    if not site.upstream:
        lines.append(f'root "{site.root}";')
    lines += ["", f'ssl_certificate "{site.certificate_path}";', f'ssl_certificate_key "{site.private_key_path}";']
    if site.password_file:
        lines.append(f"ssl_password_file {quoted(site.password_file)};")
    lines.append(f"ssl_protocols {' '.join(site.protocols or profile.protocols)};")
    if profile.ciphers:
        lines.append(f"ssl_ciphers {':'.join(profile.ciphers)};")
    if profile.curves:
        lines += [f"ssl_ecdh_curve {':'.join(profile.curves)};", "ssl_prefer_server_ciphers off;"]
    identity = site.client_identity
    # A session would be resumed without another verification of the client.
    sessions = ("ssl_session_cache off", "ssl_session_tickets off") if site.client_ca else profile.sessions
    lines += [setting + ";" for setting in sessions]
    if profile.stapling and responder:
        lines += ["ssl_stapling on;"]
    before: list[str] = []
    if identity:
        lines += [*_verification(site, identity), "", *client_identity.server_lines(identity, site.name, lists)]
        before = client_identity.declarations(identity, site.name)
    lines += _body(site)
    block = "server {\n" + "".join(f"    {line}\n" if line else "\n" for line in lines) + "}\n"
    return MARK + "".join(f"{line}\n" for line in before) + block


def _verification(site: Site, identity: ClientIdentity) -> list[str]:
    if not site.client_ca:
        return []
    lines = [
        f'ssl_client_certificate "{site.client_ca_path}";',
        f"ssl_verify_client {'on' if identity.required else 'optional'};",
        f"ssl_verify_depth {identity.verify_depth};",
    ]
    return [*lines, *([f'ssl_crl "{site.client_crl_path}";'] if site.client_crl else [])]


def _body(site: Site) -> list[str]:
    lines: list[str] = []
    if site.headers:
        lines += ["", *(f"add_header {quoted(name)} {quoted(value)} always;" for name, value in site.headers.items())]
    identity = site.client_identity
    forwarded_for = "$remote_addr" if identity else "$proxy_add_x_forwarded_for"
    told = client_identity.passed_headers(identity, site.name) if identity else []
    passed = [
        'proxy_set_header Connection "";',
        "proxy_set_header Host $http_host;",
        f"proxy_set_header X-Forwarded-For {forwarded_for};",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        *told,
    ]
    if told:  # of the whole server, so that locations in `extra` have them too
        lines += ["", *passed]
        passed = []
    if site.upstream:
        location = [f"proxy_pass {site.upstream};", "proxy_http_version 1.1;", *passed]
        lines += ["", "location / {", *(f"    {line}" for line in location), "}"]
    if site.extra.strip():
        lines += ["", *site.extra.rstrip().splitlines()]
    return lines


def sites(values: t.Iterable[dict[str, t.Any]], state: str) -> list[Site]:
    """Return the sites of the module's option, with the defaults that depend on their names."""
    found: list[Site] = []
    for each in values:
        name = each["name"]
        if not NAME.fullmatch(name) or any(other.name == name for other in found):
            raise SiteError(
                f"sites: {name!r} cannot be the name of a site. Use letters, digits, . _ - and each name once."
            )
        given = {key: value for key, value in each.items() if value not in (None, "") and not key.endswith("_src")}
        given["protocols"] = tuple(given.get("protocols") or ())
        prefix = each.get("option_prefix") or f"sites[{name}]."
        options = given.pop("client_identity", None)
        if options and (given.get("state") or state) == "present":
            given["client_identity"] = read_identity(options, f"{prefix}client_identity")
            given.update({f"client_{kind}": options[kind] for kind in ("ca", "crl") if options.get(kind)})
        defaults = {
            "state": state,
            "option_prefix": f"sites[{name}].",
            "certificate": "",
            "private_key": "",
            "certificate_path": f"/etc/pki/nginx/{name}.crt",
            "private_key_path": f"/etc/pki/nginx/private/{name}.key",
            "configuration_path": f"/etc/nginx/conf.d/{name}.conf",
            "client_ca_path": f"/etc/pki/nginx/{name}.client-ca.crt",
            "client_crl_path": f"/etc/pki/nginx/{name}.client.crl",
        }
        found.append(Site(**{**defaults, **given}))
    return found
