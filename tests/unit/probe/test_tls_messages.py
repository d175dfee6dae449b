# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server sends is read, or refused with ValueError: never anything else, whatever it sends."""

from __future__ import annotations

import contextlib
import ssl
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import tls_messages
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st


def vector(data: bytes, width: int) -> bytes:
    return len(data).to_bytes(width, "big") + data


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=4), st.booleans())
def test_certificates_are_read_back(sent: list[bytes], is_13: bool) -> None:
    entries = b"".join(vector(each, 3) + (vector(b"xy", 2) if is_13 else b"") for each in sent)
    assert (
        tls_messages.certificates(0x0304 if is_13 else 0x0303, (vector(b"", 1) if is_13 else b"") + vector(entries, 3))
        == sent
    )


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=4), st.booleans())
def test_authorities_are_read_back(sent: list[bytes], is_13: bool) -> None:
    names = vector(b"".join(vector(each, 2) for each in sent), 2)
    if is_13:
        other = (13).to_bytes(2, "big") + vector(b"\4\3", 2)
        body = vector(b"", 1) + vector(other + (47).to_bytes(2, "big") + vector(names, 2), 2)
    else:
        body = vector(b"\1\x40", 1) + vector(b"\4\3", 2) + names
    assert tls_messages.authorities(0x0304 if is_13 else 0x0303, body) == sent


@given(st.binary(max_size=200), st.booleans())
def test_anything_else_is_a_value_error(sent: bytes, is_13: bool) -> None:
    for read in (tls_messages.certificates, tls_messages.authorities):
        with contextlib.suppress(ValueError):
            read(0x0304 if is_13 else 0x0303, sent)
    assert tls_messages.name_text(sent)


def test_a_certificate_request_without_names_names_nobody() -> None:
    assert tls_messages.authorities(0x0304, vector(b"", 1) + vector(b"", 2)) == []


@pytest.mark.parametrize("length", [1, 40, 200])
def test_a_name_is_readable(length: int) -> None:
    values = {NameOID.ORGANIZATION_NAME: "测" * (length // 4 or 1), NameOID.EMAIL_ADDRESS: "a@example.com"}
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in values.items()])
    assert tls_messages.name_text(name.public_bytes()) == name.rfc4514_string({NameOID.EMAIL_ADDRESS: "emailAddress"})


def test_python_calls_back_for_each_message() -> None:
    """The attribute is private, so a new Python may drop it. Then the probe would know less."""
    calls: list[tuple[Any, ...]] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls_messages._set_message_callback(context, lambda *arguments: calls.append(arguments))
    connection = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="www.example.com")
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    client_hello = 1
    assert [direction for _connection, direction, *_rest, kind, _data in calls if kind == client_hello] == ["write"]
