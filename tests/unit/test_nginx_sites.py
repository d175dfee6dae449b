# SPDX-License-Identifier: GPL-3.0-or-later
"""Server blocks, names in certificates, and the sites of the option, without an Nginx."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import certificates, configuration, site
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.files import SiteError

NEW, OLD = (1, 25, 1), (1, 22, 1)

SCENARIO = """# Managed by Ansible (role alicloud.mtls.nginx_https). Changes made here are lost.
server {
    listen 443 ssl;
    server_name _;
    root "/usr/share/nginx/html";

    ssl_certificate "/etc/pki/nginx/https.crt";
    ssl_certificate_key "/etc/pki/nginx/private/https.key";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:nginx_https:1m;
}
"""


def one(**options: Any) -> site.Site:
    (made,) = site.sites([{"name": "https", "root": "/usr/share/nginx/html", **options}], "present")
    return made


def directives(made: site.Site, version: tuple[int, ...] = NEW, responder: bool = False) -> list[str]:
    text = site.server_block(made, version, responder)
    return [" ".join(word.value for word in words) for words, _end in configuration.directives(text)]


def test_the_site_of_the_scenario() -> None:
    """The file of every version before this one: an upgrade changes nothing."""
    assert site.server_block(one(), NEW) == SCENARIO


@pytest.mark.parametrize(
    ("options", "version", "lines"),
    [
        ({"ipv6": True, "port": 8443}, NEW, ["listen 8443 ssl", "listen [::]:8443 ssl"]),
        ({"http2": True}, NEW, ["listen 443 ssl", "http2 on"]),
        ({"http2": True}, OLD, ["listen 443 ssl http2"]),
        ({"default_server": True}, OLD, ["listen 443 ssl default_server"]),
        ({"protocols": ["TLSv1.3"]}, NEW, ["ssl_protocols TLSv1.3"]),
        ({"profile": "modern"}, NEW, ["ssl_protocols TLSv1.3", "ssl_session_tickets off"]),
        ({"upstream": "http://127.0.0.1:8080"}, NEW, ["location /", "proxy_pass http://127.0.0.1:8080"]),
        ({"headers": {"X-A": 'b "c"'}}, NEW, ['add_header X-A b "c" always']),
        ({"extra": "client_max_body_size 1m;\n"}, NEW, ["client_max_body_size 1m"]),
        ({"password_file": "/a b"}, NEW, ["ssl_password_file /a b"]),
    ],
)
def test_options_are_directives(options: dict[str, Any], version: tuple[int, ...], lines: list[str]) -> None:
    assert [line for line in lines if line not in directives(one(**options), version)] == []


def test_an_application_has_no_pages() -> None:
    assert not any(line.startswith("root ") for line in directives(one(upstream="http://127.0.0.1:1")))


@pytest.mark.parametrize(
    ("profile", "responder", "stapling"), [("default", True, 0), ("modern", True, 1), ("modern", False, 0)]
)
def test_stapling_needs_a_responder(profile: str, responder: bool, stapling: int) -> None:
    assert directives(one(profile=profile), NEW, responder).count("ssl_stapling on") == stapling


def test_profiles_name_their_version_and_source() -> None:
    assert all(profile.version and profile.source and profile.protocols for profile in site.PROFILES.values())


@pytest.mark.parametrize("names", [["a", "a"], ["../a"], ["a/b"], ["a b"]])
def test_names_of_sites(names: list[str]) -> None:
    with pytest.raises(SiteError, match="cannot be the name of a site"):
        site.sites([{"name": name} for name in names], "present")


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("www.example.com", "WWW.example.com", True),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "*.example.com", True),
        ("www.example.com", "*.example.com", False),
        ("*.", "com", False),
    ],
)
def test_a_name_in_a_certificate(pattern: str, name: str, covered: bool) -> None:
    assert certificates.covers(pattern, name) == covered


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("_", []),
        ("", []),
        ("a.example.com *.example.org", ["a.example.com", "*.example.org"]),
        (".example.com", ["example.com", "*.example.com"]),
        (r"~^(?<x>.+)\.example\.com$ $hostname", []),
    ],
)
def test_names_that_can_be_asked_for(words: str, names: list[str]) -> None:
    assert certificates.plain_names(words) == names
