# SPDX-License-Identifier: GPL-3.0-or-later
"""From a topology to the text of an Nginx configuration. Pure: no file is written and no process is asked."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ..topology import Certificate, Listener, LoadBalancer, Server, ServerGroup, Topology
from .errors import DataPlaneError

# (server group id, server id, port) of a server that health checks have taken out.
ServerKey = tuple[str, str, int]

_WORD = re.compile(r"[A-Za-z0-9._:@-]+")  # what may stand in the configuration unquoted
_SERVER_NAME = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")

# Scheduler of a server group to the balancing method of an upstream; round robin is Nginx's own.
_METHODS = {"Wrr": "", "Wlc": "least_conn;", "Sch": "hash $remote_addr consistent;"}

STICKY_COOKIE = "alb_sticky"

# Protocol of a server group to (directive prefix, scheme).
_BACKENDS = {"HTTP": ("proxy", "http"), "HTTPS": ("proxy", "https"), "GRPC": ("grpc", "grpc")}

# XForwardedForConfig: the field without its prefix, the header and its value. Source: ALB 2020-06-16, CreateListener.
_HEADERS = (
    ("ClientSrcPort", "X-Forwarded-Client-srcport", "$remote_port"),
    ("Proto", "X-Forwarded-Proto", "$scheme"),
    ("Host", "X-Forwarded-Host", "$http_host"),
    ("SLBPort", "X-Forwarded-Port", "$server_port"),
)
_CERTIFICATE_HEADERS = (
    ("ClientCertSubjectDN", "X-Forwarded-Clientcert-subjectdn", "$ssl_client_s_dn"),
    ("ClientCertIssuerDN", "X-Forwarded-Clientcert-issuerdn", "$ssl_client_i_dn"),
    ("ClientCertFingerprint", "X-Forwarded-Clientcert-fingerprint", "$ssl_client_fingerprint"),
    ("ClientCertClientVerify", "X-Forwarded-Clientcert-clientverify", "$ssl_client_verify"),
)

# Text types that ALB compresses beside text/html. Source: help page create-and-manage-listeners, "Data Compression".
_GZIP_TYPES = (
    "text/xml text/plain text/css application/javascript application/x-javascript application/rss+xml "
    "application/atom+xml application/xml application/json"
)

# X509_CERT_AUX with the usage clientAuth: appended to a certificate it makes OpenSSL's "TRUSTED CERTIFICATE", which is
# a trust anchor also when it is a sub CA. Source: openssl-x509(1), "Trust Settings".
_TRUST_CLIENT_AUTH = bytes.fromhex("300c300a06082b06010505070302")


@dataclass(frozen=True)
class Rendered:
    """A configuration: file name to content, ``nginx.conf`` among them, and a digest of it all.

    Files refer to each other below ``directory``, which has the digest (``generation``) in its name.
    """

    generation: str
    directory: Path
    files: Mapping[str, str]


def endpoints(topology: Topology) -> set[tuple[str, int]]:
    """The (address, port) pairs that Nginx is to listen on."""
    return {(balancer.address, listener.port) for balancer, listener in _served(topology)}


def render(topology: Topology, unhealthy: frozenset[ServerKey], version: tuple[int, ...], parent: Path) -> Rendered:
    """Render ``topology`` without the ``unhealthy`` servers for this Nginx ``version``.

    Raises DataPlaneError for values that must not reach a configuration file (they would change its meaning).
    """
    files: dict[str, str] = {}
    servers = [
        block
        for balancer, listener in _served(topology)
        for block in _server_blocks(balancer, listener, _group(topology, listener), version, files)
    ]
    used = {listener.server_group_id for _balancer, listener in _served(topology)}
    upstreams = [_upstream(group, unhealthy) for group in topology.server_groups if group.server_group_id in used]
    skipped = [
        f"# Not served: {listener.listener_id}, {listener.protocol} on port {listener.port}."
        for balancer in topology.load_balancers
        for listener in balancer.listeners
        if listener.protocol == "QUIC"
    ]
    body = "\n".join([*skipped, *upstreams, *servers])
    digest = hashlib.sha256("\0".join([str(version), body, *(f"{n}\0{t}" for n, t in files.items())]).encode())
    generation = digest.hexdigest()[:16]
    directory = parent / generation
    files["nginx.conf"] = _MAIN.format(generation=generation, body=body).replace("@DIR@", str(directory))
    return Rendered(generation, directory, files)


# One worker: round robin stays strict, and after a reload one old process has to let go. Workers open no file (bodies
# are never spooled), so they need no right to the private directory. `status.sock` is relative because the path of a
# socket is limited to 108 bytes: Nginx runs with its prefix as working directory.
_MAIN = """\
worker_processes 1;
worker_shutdown_timeout 10s;
daemon on;
pid nginx.pid;
error_log error.log notice;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    server_tokens off;
    default_type application/octet-stream;
    client_body_temp_path temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;
    proxy_max_temp_file_size 0;
    proxy_request_buffering off;
    client_max_body_size 0;
    server_names_hash_bucket_size 512;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    server {{ listen unix:status.sock; return 200 {generation}; }}
{body}
}}
"""


def _served(topology: Topology) -> Iterator[tuple[LoadBalancer, Listener]]:
    for balancer in topology.load_balancers:
        for listener in balancer.listeners:
            if listener.protocol != "QUIC":
                yield balancer, listener


def _group(topology: Topology, listener: Listener) -> ServerGroup:
    for group in topology.server_groups:
        if group.server_group_id == listener.server_group_id:
            return group
    raise DataPlaneError(f"listener {listener.listener_id}: there is no server group {listener.server_group_id}")


def eligible(group: ServerGroup, unhealthy: frozenset[ServerKey]) -> tuple[Server, ...]:
    """Servers that get traffic: those with a weight, without the unhealthy ones unless all of them are."""
    weighted = tuple(server for server in group.servers if server.weight > 0)
    healthy = tuple(s for s in weighted if (group.server_group_id, s.server_id, s.port) not in unhealthy)
    return healthy or weighted


def _upstream(group: ServerGroup, unhealthy: frozenset[ServerKey]) -> str:
    servers = eligible(group, unhealthy)
    if not servers:
        return f"# {_word(group.server_group_id)} has no server with a weight."
    # max_fails=0: the health checks decide who is out, nothing else.
    lines = [f"server {_host_port(s.address, s.port)} weight={int(s.weight)} max_fails=0;" for s in servers]
    method = _METHODS.get(group.scheduler)
    if method is None:
        raise DataPlaneError(f"server group {group.server_group_id}: no such scheduler: {group.scheduler}")
    name = _word(group.server_group_id)
    whole = _block(f"upstream {name}", [*filter(None, [method]), *lines, "keepalive 32;"])
    return "\n".join([whole, *_sticky(group, name, servers)]) if group.sticky else whole


def _sticky(group: ServerGroup, name: str, servers: tuple[Server, ...]) -> Iterator[str]:
    """An upstream per server, and the maps from a client's cookie to its server and back."""
    variable = _sticky_variable(group)
    addresses = [_host_port(server.address, server.port) for server in servers]
    tokens = {where: hashlib.sha256(where.encode()).hexdigest()[:32] for where in addresses}
    for where, token in tokens.items():
        yield _block(f"upstream {name}.{token}", [f"server {where} max_fails=0;", "keepalive 32;"])
    # A server that is gone, or unhealthy, has no entry here: its clients get another one.
    by_cookie = [f"{token} {name}.{token};" for token in tokens.values()]
    yield _block(f"map $cookie_{STICKY_COOKIE} ${variable}_target", [f"default {name};", *by_cookie])
    value = f"{STICKY_COOKIE}=%s; Path=/; Max-Age={int(group.sticky)}; HttpOnly"
    by_server = [f'"{where}" "{value % token}";' for where, token in tokens.items()]
    yield _block(f"map $upstream_addr ${variable}_cookie", ['default "";', *by_server])


def _sticky_variable(group: ServerGroup) -> str:
    return f"sticky_{hashlib.sha256(group.server_group_id.encode()).hexdigest()[:16]}"


def _server_blocks(
    balancer: LoadBalancer, listener: Listener, group: ServerGroup, version: tuple[int, ...], files: dict[str, str]
) -> Iterator[str]:
    """One block per set of names; a listener without TLS has one."""
    where = _host_port(balancer.address, listener.port)
    common = [
        f"keepalive_timeout {int(listener.idle_timeout)}s;",
        *(["gzip on;", "gzip_proxied any;", f"gzip_types {_GZIP_TYPES};"] if listener.gzip else []),
        *_access(listener),
        *_location(balancer, listener, group),
    ]
    if listener.protocol == "HTTP":
        yield _block("server", [f"listen {where} default_server;", "server_name _;", *common])
        return
    if not listener.certificates:
        raise DataPlaneError(f"listener {listener.listener_id}: an HTTPS listener needs a server certificate")
    http2_in_listen = " http2" if listener.http2 and version < (1, 25, 1) else ""
    tls = _tls(listener, version, files)
    if listener.http2 and not http2_in_listen:
        tls.append("http2 on;")
    vhosts = _virtual_hosts(listener.certificates)
    for index, (names, certificates) in enumerate(vhosts):
        # Alone, the default block takes every name; with neighbours it claims its own before a wildcard of theirs.
        claimed = sorted(names) if len(vhosts) > 1 else []
        yield _block(
            "server",
            [
                f"listen {where} ssl{http2_in_listen}{' default_server' if index == 0 else ''};",
                f"server_name {' '.join([*claimed, '_'] if index == 0 else claimed)};",
                *(line for certificate in certificates for line in _certificate(certificate, files)),
                *tls,
                *common,
            ],
        )


def _virtual_hosts(certificates: Iterable[Certificate]) -> list[tuple[frozenset[str], list[Certificate]]]:
    """Certificates by the names they are shown for: the first one first, each name only once.

    A certificate with the names of an earlier one and another kind of key joins it (an RSA and ECC pair).
    """
    hosts: list[tuple[frozenset[str], frozenset[str], list[Certificate], set[bool]]] = []
    taken: set[str] = set()
    for certificate in certificates:
        leaf = _leaf(certificate.chain_pem, certificate.certificate_id)
        names, is_rsa = _names(leaf), isinstance(leaf.public_key(), rsa.RSAPublicKey)
        partner = next((host for host in hosts if host[0] == names), None)
        if partner and is_rsa not in partner[3]:
            partner[2].append(certificate)
            partner[3].add(is_rsa)
        elif not hosts or names - taken:
            hosts.append((names, names - taken, [certificate], {is_rsa}))
        taken |= names
    return [(claimed, members) for _names_, claimed, members, _kinds in hosts]


def _leaf(pem: str, what: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise DataPlaneError(f"certificate {what}: not a PEM certificate: {error}") from None


def _names(certificate: x509.Certificate) -> frozenset[str]:
    """DNS names of a certificate (RFC 6125: the common name counts only without a subject alternative name)."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = [str(a.value) for a in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    return frozenset(name.lower() for name in names if _SERVER_NAME.fullmatch(name))


def _certificate(certificate: Certificate, files: dict[str, str]) -> list[str]:
    chain = _file(files, certificate.chain_pem, "crt")
    key = _file(files, certificate.key_pem, "key")
    return [f'ssl_certificate "{chain}";', f'ssl_certificate_key "{key}";']


def _tls(listener: Listener, version: tuple[int, ...], files: dict[str, str]) -> list[str]:
    lines = ["ssl_session_tickets off;", "ssl_session_cache off;", "ssl_prefer_server_ciphers on;"]
    # ssl_conf_command came with 1.19.4; before it TLS 1.3 suites are OpenSSL's, and a sub CA is no trust anchor.
    has_conf_command = version >= (1, 19, 4)
    versions = ["TLSv1" if v == "TLSv1.0" else _word(v) for v in listener.tls_versions]
    if versions:
        lines.append(f"ssl_protocols {' '.join(versions)};")
    suites = [_word(c) for c in listener.ciphers if c.startswith("TLS_")]
    ciphers = [_word(c) for c in listener.ciphers if not c.startswith("TLS_")]
    if ciphers:
        # OpenSSL 3 does TLS 1.0 and 1.1 only at security level 0.
        old = any(v in ("TLSv1", "TLSv1.1") for v in versions)
        lines.append(f"ssl_ciphers {':'.join(ciphers)}{':@SECLEVEL=0' if old else ''};")
    if suites and has_conf_command:
        lines.append(f"ssl_conf_command Ciphersuites {':'.join(suites)};")
    if listener.client_ca_pem is not None:
        ca = _leaf(listener.client_ca_pem, f"of the clients of listener {listener.listener_id}")
        plain = _file(files, ca.public_bytes(Encoding.PEM).decode(), "crt")
        lines += [f'ssl_client_certificate "{plain}";', "ssl_verify_client on;", "ssl_verify_depth 3;"]
        if has_conf_command:
            lines.append(f'ssl_conf_command VerifyCAFile "{_file(files, _trusted(ca), "crt")}";')
    return lines


def _trusted(certificate: x509.Certificate) -> str:
    encoded = base64.encodebytes(certificate.public_bytes(Encoding.DER) + _TRUST_CLIENT_AUTH).decode()
    return f"-----BEGIN TRUSTED CERTIFICATE-----\n{encoded}-----END TRUSTED CERTIFICATE-----\n"


def _access(listener: Listener) -> Iterator[str]:
    """Who is let in; a list without entries keeps nobody out, whatever its type (AssociateAclsWithListener)."""
    if not listener.acl_entries or not listener.acl_type:
        return
    listed, others = ("allow", "deny") if listener.acl_type == "White" else ("deny", "allow")
    for entry in listener.acl_entries:
        try:
            yield f"{listed} {ipaddress.ip_network(entry, strict=False)};"
        except ValueError:
            raise DataPlaneError(f"{entry!r} is not a network") from None
    yield f"{others} all;"


def _location(balancer: LoadBalancer, listener: Listener, group: ServerGroup) -> list[str]:
    if not eligible(group, frozenset()):
        return ["return 503;"]
    try:
        kind, scheme = _BACKENDS[group.protocol.upper()]
    except KeyError:
        raise DataPlaneError(f"server group {group.server_group_id}: no such protocol: {group.protocol}") from None
    timeout = int(listener.request_timeout)
    target = f"${_sticky_variable(group)}_target" if group.sticky else _word(group.server_group_id)
    lines = [
        f"{kind}_pass {scheme}://{target};",
        *([f"add_header Set-Cookie ${_sticky_variable(group)}_cookie always;"] if group.sticky else []),
        f"{kind}_connect_timeout 5s;",
        f"{kind}_read_timeout {timeout}s;",
        f"{kind}_send_timeout {timeout}s;",
        *(f'{kind}_set_header {name} "{value}";' for name, value in _request_headers(balancer, listener)),
    ]
    if kind == "proxy":
        lines += [
            "proxy_http_version 1.1;",
            "proxy_set_header Upgrade $http_upgrade;",
            "proxy_set_header Connection $connection_upgrade;",
        ]
    return _block("location /", lines).splitlines()


def _request_headers(balancer: LoadBalancer, listener: Listener) -> Iterator[tuple[str, str]]:
    config = listener.x_forwarded_for
    yield "Host", "$http_host"
    if _on(config, "XForwardedForEnabled", default=True):
        removed = str(config.get("XForwardedForProcessingMode", "append")).lower() == "remove"
        yield "X-Forwarded-For", "" if removed else "$proxy_add_x_forwarded_for"
    if _on(config, "XForwardedForSLBIdEnabled"):
        yield "SLB-ID", _word(balancer.load_balancer_id)
    for field, header, value in _HEADERS:
        if _on(config, f"XForwardedFor{field}Enabled"):
            yield header, value
    for field, header, value in _CERTIFICATE_HEADERS if listener.protocol == "HTTPS" else ():
        if _on(config, f"XForwardedFor{field}Enabled"):
            yield _word(str(config.get(f"XForwardedFor{field}Alias") or header)), value


def _on(config: Mapping[str, str | bool], key: str, default: bool = False) -> bool:
    return str(config.get(key, default)).lower() == "true"


def _file(files: dict[str, str], content: str, suffix: str) -> str:
    """Name of the file with this content; the directory is filled in when the digest is known."""
    name = f"{hashlib.sha256(content.encode()).hexdigest()[:20]}.{suffix}"
    files[name] = content
    return f"@DIR@/{name}"


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{head} {{", *(f"    {line}" for line in lines), "}"])


def _word(value: str) -> str:
    if not _WORD.fullmatch(value):
        raise DataPlaneError(f"{value!r} cannot stand in a configuration; letters, digits and . _ : @ - can")
    return value


def _host_port(address: str, port: int) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise DataPlaneError(f"{address!r} is not an IP address") from None
    return f"[{ip}]:{int(port)}" if ip.version == 6 else f"{ip}:{int(port)}"
