# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to what the engine works with. Private to this collection.

Everything raises CertificateError for a value that makes no sense, before anything is written.
"""

from __future__ import annotations

import contextlib
import functools
import grp
import os
import pwd
import re
import secrets
import string
import types
import typing as t
import unicodedata

from .._arguments import encodings, texts
from .._arguments import paths as path_checks
from .._x509 import build, keys, names, numbers, parse, profiles, terms, times
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from . import csr, options
from .case import Desired
from .revocation_orders import Order
from .storage import files, location
from .storage.files import Owner
from .storage.location import Location

Params = t.Mapping[str, t.Any]

# The number that means no user at all (chown(2)).
_NO_OWNER = 2**32 - 1
# Characters of generated passphrases, without those that look alike.
_READABLE = "".join(sorted({*string.ascii_letters, *string.digits} - {*"0O1Il"}))


def ca_location(params: Params, lock_timeout: str, prefix: str = "ca_") -> Location:
    """Return where a CA is. ``prefix``: of the names of its options, empty for those of the module ca."""
    return Location(
        directory(params[f"{prefix}path"], f"{prefix}path"),
        file_name(params[f"{prefix}private_key_name"], f"{prefix}private_key_name"),
        file_name(params[f"{prefix}certificate_name"], f"{prefix}certificate_name"),
        secret(params[f"{prefix}passphrase"], f"{prefix}passphrase"),
        times.duration(lock_timeout, "lock_timeout").total_seconds(),
    )


def public_location(params: Params) -> Location:
    """Return where a CA is whose private key is not read."""
    name = file_name(params["certificate_name"], "certificate_name")
    return Location(directory(params["path"], "path"), f"{name}.key", name)


def previous_ca(params: Params) -> Location | None:
    """Return where the CA of the option previous_ca is, None without the option."""
    given = params["previous_ca"]
    return ca_location(given, params["lock_timeout"], prefix="") if given else None


def target_directory(params: Params, ca: Location) -> str:
    """Return the directory for certificates: path, or that of the CA."""
    return ca.directory if params["path"] is None else directory(params["path"], "path")


def directory(path: str, option: str) -> str:
    """Return ``path`` in its shortest form. Raises CertificateError (``invalid_path``), see ``absolute``."""
    return os.path.normpath(absolute(path, option))


def absolute(path: str, option: str) -> str:
    """Return ``path``. Raises CertificateError (``invalid_path``) for a relative one, or one among the collections."""
    if fault := path_checks.fault(path):
        raise CertificateError(f"{option} {fault}.", path_checks.HINT, "invalid_path")
    return path


def file_name(text: str, option: str) -> str:
    """Return ``text``. Raises CertificateError (``invalid_name``) unless it names a file in a directory."""
    # 200 octets leave room for the endings within the 255 that file systems allow.
    is_plain = text and "/" not in text and not text.startswith(".") and text == text.strip()
    is_plain = is_plain and not location.is_backup(text)
    if not is_plain or texts.control_character(text) or len(text.encode()) > 200:
        raise CertificateError(
            f"{option}: {text!r} cannot be a file name.",
            "Leave out slashes, line breaks, a leading dot, and .replaced- (it marks backups); use at most 200 octets.",
            "invalid_name",
        )
    return text


def secret(text: str | None, option: str) -> bytes | None:
    """Return a passphrase, None for an empty one. Raises CertificateError (``invalid_passphrase``), which hides it."""
    if not text:
        return None
    with contextlib.suppress(UnicodeEncodeError):
        # Some programs end a passphrase at NUL; OpenSSL takes no more than 1023 octets for a key.
        if "\0" not in text and len(octets := text.encode()) <= 1023:
            return octets
    raise CertificateError(
        f"{option} is not UTF-8, is longer than 1023 octets, or has a NUL character.",
        "Choose another passphrase.",
        "invalid_passphrase",
    )


def new_passphrase() -> str:
    """Return a random passphrase of 24 readable characters, 140 bits."""
    return "".join(secrets.choice(_READABLE) for _position in range(24))


def hexadecimal(text: str, option: str) -> str:
    """Return whole octets in small letters, as the database has them.

    ``text`` may have colons, blanks between the octets, capitals, and the invisible marks that programs copy along.
    Raises CertificateError (``invalid_number``).
    """
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    digits = re.sub(r"[\s:]", "", visible).lower().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]{1,64}", digits):
        raise CertificateError(
            f"{option}: {text!r} is not a number in hexadecimal.", "Write it like 19:a4:5c:06.", "invalid_number"
        )
    return numbers.whole_octets(digits)


@functools.cache
def owner(user: str | None, group: str | None) -> Owner:
    """Return the owner for names or numbers. Raises CertificateError (``unknown_owner``)."""
    return Owner(
        _number(user, "owner", lambda name: pwd.getpwnam(name).pw_uid),
        _number(group, "group", lambda name: grp.getgrnam(name).gr_gid),
    )


def _number(name: str | None, option: str, look_up: t.Callable[[str], int]) -> int:
    """Return the number of a user or group, which may be given by number; -1 for None."""
    if name is None:
        return -1
    if name.isascii() and name.isdecimal() and int(name) < _NO_OWNER:
        return int(name)
    with contextlib.suppress(KeyError, ValueError):  # ValueError: a NUL character
        return look_up(name)
    raise CertificateError(
        f"{option}: there is no such user or group here: {name!r}.", "Correct it, or create it first.", "unknown_owner"
    )


def constraints(params: Params | None) -> x509.NameConstraints | None:
    """Return the name constraints of a CA, None if none are given."""
    subtrees = [[names.constraint(text) for text in (params or {}).get(kind) or []] for kind in options.CONSTRAINTS]
    return x509.NameConstraints(*(some or None for some in subtrees)) if any(subtrees) else None


def key_spec(params: Params) -> keys.KeySpec:
    """Return the kind of key. Raises CertificateError: ed25519_not_accepted or invalid_key."""
    kind, size = params["key_type"], params["key_size"]
    if kind == "ed25519" and not params["accept_ed25519"]:
        raise CertificateError(
            "No TLS policy of ALB offers Ed25519, and many browsers do not know it.",
            "Choose rsa or ecdsa. If neither ALB nor a browser is involved, set accept_ed25519.",
            "ed25519_not_accepted",
        )
    if kind == "rsa" and not keys.SHORTEST_RSA <= size <= keys.LONGEST_RSA:
        raise CertificateError(
            f"key_size {size} is not possible.",
            f"An RSA key has {keys.SHORTEST_RSA} to {keys.LONGEST_RSA} bits.",
            "invalid_key",
        )
    return keys.KeySpec(kind, size, params["curve"])


def subject(params: Params, own: Params) -> dict[str, str | None]:
    """Return the fields of a subject: those in ``own``, else those that all certificates of the task share."""
    shared = params["subject"] or {}
    return {field: own.get(field) or shared.get(field) for field in terms.SUBJECT}


def ca_subject(params: Params, ca: Location) -> t.Mapping[str, str | None] | x509.Name:
    """Return the subject of a CA: as fields, from a text, or that of its certificate if neither is given.

    Raises CertificateError: invalid_subject or subject_missing.
    """
    if params["subject"]:
        fields: Params = params["subject"]
        return fields
    if params["subject_rfc4514"]:
        return names.from_rfc4514(params["subject_rfc4514"])
    with contextlib.suppress(UnreadableError):
        return parse.certificate(files.read(ca.certificate_path) or b"").subject
    raise CertificateError(
        f"There is no certificate at {ca.certificate_path} whose subject could be kept.",
        "Set subject or subject_rfc4514.",
        "subject_missing",
    )


def desired(
    params: Params,
    profile: profiles.Profile,
    fields: t.Mapping[str, str | None] | x509.Name,
    alternative_names: t.Sequence[x509.GeneralName],
    paths: dict[str, str],
    **more: t.Any,
) -> Desired:
    """Return the wanted certificate. ``fields``: of the subject. ``more``: other fields of Desired."""
    lifetime = times.duration(params["valid_for"], "valid_for")
    wanted = names.subject(fields) if isinstance(fields, t.Mapping) else fields
    mail = names.subject_dict(wanted).get("email_address")
    if mail:  # RFC 5280, 4.1.2.6: an address in the subject belongs among the alternative names as well
        alternative_names = [names.email(mail), *alternative_names]
    return Desired(
        profile=profile,
        subject=wanted,
        names=tuple(dict.fromkeys(alternative_names)),
        key=key_spec(params),
        lifetime=lifetime,
        renew_before=times.duration(params["renew_before"], "renew_before", lifetime),
        paths=paths,
        owner=owner(params["owner"], params["group"]),
        may_outlive_ca=params["outlive_ca"],
        replace_revoked=params.get("replace_revoked", False),
        **more,
    )


def client(params: Params, given: Params, directory: str) -> Desired:
    """Return the wanted certificate of an entry of clients."""
    name = file_name(given["name"], "name")
    if given["csr_path"] is not None:
        absolute(given["csr_path"], "csr_path")
    request = csr.load(given["csr"], given["csr_path"])
    alternative_names = [
        # Without wildcards: a client is one host, and verifiers refuse others (RFC 5280, 4.2.1.6).
        *(names.dns_name(text, wildcard=False) for text in given["dns_names"] or []),
        *map(names.email, given["email_addresses"] or []),
        *map(names.uri, given["uris"] or []),
    ]
    own = {option: given[option] for option in options.CLIENT_KEY if given[option] is not None}
    fields = subject(params, given)
    return client_with({**params, **own}, fields, alternative_names, (directory, name), request, given)


def client_with(
    params: Params,
    fields: t.Mapping[str, str | None] | x509.Name,
    alternative_names: t.Sequence[x509.GeneralName],
    place: tuple[str, str],
    request: x509.CertificateSigningRequest | None,
    given: Params = types.MappingProxyType({}),
) -> Desired:
    """Return the wanted certificate of a client. ``place``: directory, and name of the files.

    ``given``: the entry of clients, for its own passphrase.
    """
    directory, name = place[0], file_name(place[1], "name")
    pkcs12 = None if request else _pkcs12(params, given, name)
    kinds = [
        *([] if request else ["key"]),
        *("csr", "certificate", "chain"),
        *(["passphrase"] if pkcs12 and pkcs12.generated else []),
        *(["pkcs12"] if pkcs12 else []),
    ]
    return desired(
        params,
        profiles.CLIENT,
        fields,
        alternative_names,
        location.client_files(directory, name, kinds),
        name=name,
        request=request,
        pkcs12=pkcs12,
    )


def _pkcs12(params: Params, given: Params, name: str) -> build.Pkcs12Spec | None:
    legacy = params["pkcs12_encryption"] == "legacy"
    passphrase = _passphrase_of(given) or secret(params["pkcs12_passphrase"], "pkcs12_passphrase")
    if passphrase:
        return build.Pkcs12Spec(name, passphrase, legacy)
    if not params["pkcs12_generate_passphrases"]:
        return None
    return build.Pkcs12Spec(name, new_passphrase().encode(), legacy, generated=True)


def _passphrase_of(given: Params) -> bytes | None:
    path = given.get("pkcs12_passphrase_path")
    if path is None:
        return secret(given.get("pkcs12_passphrase"), "pkcs12_passphrase")
    try:
        content = files.read(absolute(path, "pkcs12_passphrase_path"), links=True)
    except OSError as error:
        raise files.file_error(error) from None
    text = encodings.passphrase(content or b"").decode(errors="surrogateescape")
    if not text:
        raise CertificateError(
            f"There is no passphrase in {path}.",
            "Write it there, or leave pkcs12_passphrase_path out.",
            "passphrase_missing",
        )
    return secret(text, f"The passphrase in {path}")


def order(params: Params) -> Order:
    """Return an order to revoke or release certificates."""
    option = next(key for key in options.REVOCATION_KEYS if params[key] is not None)
    text = params[option]
    if option != "path" and not text.strip():
        raise CertificateError(
            f"{option} is empty: it names no certificate.", "Take the entry out, or complete it.", "empty_name"
        )
    converters: dict[str, t.Callable[[], str]] = {
        "serial_number": lambda: numbers.serial_text(int(hexadecimal(text, option), 16)),
        "fingerprint_sha256": lambda: hexadecimal(text, option),
        "path": lambda: directory(text, option),
    }
    value = converters[option]() if option in converters else text
    is_decimal = option == "serial_number" and text.strip().isdecimal()
    decimal = numbers.serial_text(int(text)) if is_decimal else None
    return Order(options.REVOCATION_KEYS[option], value, params["reason"], option, decimal)
