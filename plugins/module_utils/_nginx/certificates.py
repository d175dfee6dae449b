# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examine a certificate and its key before they are live, and ask a port for the certificate that it serves.

Only with Python's own ``ssl``: servers need neither another package nor the command ``openssl``.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import socket
import ssl
import typing as t

PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
ENCRYPTED = ("BEGIN ENCRYPTED", "Proc-Type: 4,ENCRYPTED")  # PKCS#8 (RFC 7468, 11), and RFC 1421
HOST_NAME = re.compile(r"(?:\*?\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
HANDSHAKE_SECONDS = 5  # until a port must have answered
PARTIAL_CHAIN = 0x80000  # X509_V_FLAG_PARTIAL_CHAIN, which ssl names from Python 3.10 on


class Examined(t.NamedTuple):
    """What is wrong with a certificate and its key, and whether the certificate names an OCSP responder."""

    problem: str
    responder: bool = False


def leaf(pem: str) -> bytes:
    """Return the first certificate of ``pem`` in DER form, or nothing."""
    found = PEM.search(pem)
    try:
        return ssl.PEM_cert_to_DER_cert(found[0]) if found else b""
    except ValueError:
        return b""


def leaf_of(path: str) -> bytes:
    """Return the first certificate of a file in DER form, or nothing if the file has none or cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return leaf(file.read())
    except OSError:
        return b""


def covers(pattern: str, name: str) -> bool:
    """Return whether a name in a certificate, perhaps with a wildcard as its first label, covers a server name."""
    pattern, name = pattern.lower(), name.lower()
    if pattern == name:
        return True
    label, _dot, parent = name.partition(".")
    return pattern == f"*.{parent}" and "*" not in label and bool(parent)


def plain_names(server_names: str) -> list[str]:
    """Return the host names among the words of ``server_name``: no regular expression, no variable, not ``_``."""
    found: list[str] = []
    for word in server_names.split():
        if HOST_NAME.fullmatch(word) and word != "_":
            found += [word[1:], "*" + word] if word.startswith(".") else [word]
    return found


def examine(certificate: str, private_key: str, passwords: list[str] | None, server_names: str) -> Examined:
    """Examine the files of a certificate and its key for a site with ``server_names``.

    The key and the certificate are used in a handshake in memory, so they match, are valid now and may serve.
    ``passwords`` are those of the site's password file.
    """
    with open(certificate, encoding="utf-8", errors="replace") as file:
        pem = file.read()
    with open(private_key, encoding="utf-8", errors="replace") as file:
        key = file.read()
    if not leaf(pem):
        return Examined("The file of the certificate holds no certificate in PEM form. Name the file that does.")
    if "PRIVATE KEY-----" not in key:
        return Examined("The file of the private key holds no private key in PEM form. Name the file that does.")
    if any(mark in key for mark in ENCRYPTED) and not passwords:
        return Examined(
            "The private key is encrypted, and Nginx would wait for its passphrase at every start. Give a key without"
            " one, or the file with the passphrase as password_file."
        )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("ALL:@SECLEVEL=0")  # Nginx, not Python, decides which keys are too weak
    reason = "the passphrase is wrong"
    for password in passwords or [""]:
        try:
            server.load_cert_chain(certificate, private_key, password=lambda password=password: password)
            break
        except (ssl.SSLError, ValueError, OSError) as error:
            reason = str(error)
    else:
        return Examined(
            f"The private key and the certificate cannot be used together. OpenSSL says: {plain(reason)}. Give the key"
            " that belongs to the certificate, and its passphrase if it has one."
        )
    try:
        contents = handshake(server, ssl.DER_cert_to_PEM_cert(leaf(pem)))
    except ssl.SSLError as error:
        words = getattr(error, "verify_message", "") or plain(str(error))
        return Examined(
            f"The certificate cannot be used by a server now. OpenSSL says: {words}. Give a server's certificate that"
            " is valid now."
        )
    return Examined(_name_problem(contents, server_names), "OCSP" in contents)


def plain(reason: str) -> str:
    """Return a message of OpenSSL without the place in Python's source, and with its reason in words."""
    words = re.sub(r" \(_ssl\.c:\d+\)", "", reason)
    return re.sub(r"^\[(?:\w+: )?([A-Z_]+)\].*", lambda found: found[1].replace("_", " ").lower(), words)


def _name_problem(contents: dict[str, t.Any], server_names: str) -> str:
    names = [value for kind, value in contents.get("subjectAltName", ()) if kind == "DNS"]
    if not names:  # as the commands of the scenario's document make them
        names = [value for part in contents.get("subject", ()) for kind, value in part if kind == "commonName"]
    missing = [name for name in plain_names(server_names) if not any(covers(pattern, name) for pattern in names)]
    if not missing:
        return ""
    return (
        f"The certificate is not valid for {', '.join(missing)}; it is for {', '.join(names) or 'no name'}."
        " Give a certificate for all names of the site, or take the names out of it."
    )


def handshake(server: ssl.SSLContext, trusted: str) -> dict[str, t.Any]:
    """Shake hands in memory with a client that trusts the certificate itself, and return the certificate's contents."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.set_ciphers("ALL:@SECLEVEL=0")
    client.verify_flags = ssl.VerifyFlags(PARTIAL_CHAIN)
    client.load_verify_locations(cadata=trusted)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours, theirs = client.wrap_bio(back, there), server.wrap_bio(there, back, server_side=True)
    for _round in range(10):
        waiting = False
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                waiting = True
        if not waiting:
            break
    return t.cast("dict[str, t.Any]", ours.getpeercert())


class Served(t.NamedTuple):
    """The certificate that a port serves, in DER form, or why none was seen."""

    certificate: bytes
    reason: str = ""


def serves(port: int, server_names: str) -> Served:
    """Ask ``port`` for the certificate that it serves to a client with the first of ``server_names``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the certificate is compared with the staged one
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    name = next((name.replace("*", "any") for name in plain_names(server_names)), None)
    try:
        plain_connection = socket.create_connection(("127.0.0.1", port), HANDSHAKE_SECONDS)
        with plain_connection, context.wrap_socket(plain_connection, server_hostname=name) as encrypted:
            return Served(encrypted.getpeercert(binary_form=True) or b"")
    except ConnectionRefusedError:
        return Served(b"", "nothing listens there")
    except ssl.SSLError as error:
        return Served(b"", f"no TLS handshake ({plain(str(error))})")
    except OSError as error:
        return Served(b"", f"no answer ({error})")


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 fingerprint of a certificate in DER form, as ``openssl x509 -fingerprint`` writes it."""
    digest = hashlib.sha256(certificate).hexdigest().upper()
    return ":".join(digest[index : index + 2] for index in range(0, len(digest), 2))


def holders(port: int) -> dict[int, str]:
    """Return the processes that listen on a TCP port, with their names, as far as this one may see them."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                lines = [line.split() for line in file][1:]
        except OSError:
            continue
        listening = "0A"
        inodes |= {line[9] for line in lines if line[3] == listening and int(line[1].rpartition(":")[2], 16) == port}
    wanted = {f"socket:[{inode}]" for inode in inodes}
    found = {}
    for link in glob.iglob("/proc/[0-9]*/fd/*") if wanted else ():
        try:
            if os.readlink(link) in wanted:
                process = link.split("/")[2]
                with open(f"/proc/{process}/comm", encoding="utf-8", errors="replace") as file:
                    found[int(process)] = file.read().strip()
        except OSError:  # the process has ended, or belongs to another user
            continue
    return found


def workers(ports: t.Iterable[int]) -> set[int]:
    """Return Nginx's workers that take connections on some of the ports: those that end have closed them."""
    found = set()
    for process in {process for port in ports for process in holders(port)}:
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                if file.read().startswith(b"nginx: worker process"):
                    found.add(process)
        except OSError:
            continue
    return found
