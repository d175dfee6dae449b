# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA: made once, looked after ever since. Its private key is replaced only on the user's explicit word.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import os
import typing as t

from .._x509 import build as issue
from .._x509 import keys, parse, profiles
from .._x509 import names as values
from .._x509.errors import PkiError, UnreadableError
from . import certificate as engine
from . import policies
from . import results as report
from .storage import database as index
from .storage import files as store
from .storage import rebuild as recovery

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

# How far a run may go. Anything that keeps key and subject keeps every certificate valid, and needs no word.
REPLACE = ("never", "certificate", "key")
_NO_LONGER = "the certificates it has issued are then no longer valid."


@dataclasses.dataclass(frozen=True)
class Consent:
    """``needed``: of REPLACE. ``advice``: what else the user can do. ``price``: what becomes of issued certificates."""

    needed: str
    advice: str
    price: str = _NO_LONGER


_CONSENT: dict[str, Consent] = {
    "key_missing": Consent("key", "Put the key back where it was. If it is lost, replace=key makes a new CA."),
    "key_unreadable": Consent("key", "Give the right passphrase, or put the right file there."),
    "key_type_differs": Consent("key", "Ask for the kind of key that is there, or make a new CA in another path."),
    "key_mismatch": Consent("certificate", "Put the key back that belongs to the certificate."),
    "subject_differs": Consent("certificate", "Ask for the subject that is there, or make a new CA in another path."),
    "issuer_changed": Consent("certificate", "It was issued by somebody else; use it with ca_path as it is."),
    "signature_invalid": Consent("certificate", "Put the right certificate back."),
    "unreadable": Consent("certificate", "Put the right certificate back."),
    "not_yet_valid": Consent(
        "certificate",
        "Set the clock. If it was wrong when the CA was made, the certificate can be made again with the same key.",
        "those it has issued stay valid.",
    ),
    "limits_narrowed": Consent(
        "certificate",
        "Leave path_length and name_constraints as they were, or make a new CA in another path.",
        "those it has issued that are beyond the new limits are then no longer valid.",
    ),
}
_LOST = {
    "key": Consent(
        "key",
        "Put the key and the certificate back where they were, or mount what holds them. If the files belong to another"
        " CA, choose another path.",
    ),
    "certificate": Consent(
        "certificate",
        "Put the certificate back where it was.",
        "those it has issued stay valid only if its subject is the same.",
    ),
}


@dataclasses.dataclass(frozen=True)
class Location:
    """The directory of a CA and the names of its two files. Raises PkiError for names that would be one file."""

    directory: str
    private_key_name: str = "root.key"
    certificate_name: str = "root.crt"
    passphrase: bytes | None = dataclasses.field(default=None, repr=False)
    # Seconds to wait for another run.
    patience: float = 300

    def __post_init__(self) -> None:
        if "." not in self.certificate_name:
            raise PkiError(
                "invalid_name",
                f"certificate_name {self.certificate_name!r} needs an ending such as .crt: the other files of the CA"
                " are named after it.",
            )
        files = self.own_files
        if len({*files}) < len(files):
            twice = next(file for file in files if files.count(file) > 1)
            raise PkiError(
                "name_of_ca",
                f"{twice} would be two files of the CA at once. Choose another private_key_name or certificate_name.",
            )

    @property
    def key_path(self) -> str:
        return os.path.join(self.directory, self.private_key_name)

    @property
    def certificate_path(self) -> str:
        return os.path.join(self.directory, self.certificate_name)

    def beside(self, ending: str) -> str:
        """A file named after the certificate: root.chain.crt of root.crt, but root.pem.chain.crt of root.pem."""
        return os.path.join(self.directory, self._stem + ending)

    @property
    def _stem(self) -> str:
        return self.certificate_name.removesuffix(".crt")

    @property
    def index_path(self) -> str:
        return self.beside(".index.db")

    @property
    def crl_path(self) -> str:
        return self.beside(".crl.pem")

    @property
    def crl_der_path(self) -> str:
        return self.beside(".crl.der")

    @property
    def lock_path(self) -> str:
        return os.path.join(self.directory, f".{self._stem}.lock")

    @property
    def chain_path(self) -> str:
        """What follows a certificate of this CA: the CA itself, or its cross-certificate, and those above it."""
        return self.beside(".chain.crt")

    @property
    def cross_path(self) -> str:
        return self.beside(".cross.crt")

    def locked(self) -> t.ContextManager[None]:
        """The block of this has the CA for itself. Raises PkiError (``ca_busy``)."""
        return store.lock(self.lock_path, self.certificate_path, self.patience)

    @property
    def own_files(self) -> list[str]:
        files = [self.key_path, self.certificate_path, self.index_path, self.lock_path]
        return [*files, self.crl_path, self.crl_der_path, self.chain_path, self.cross_path]


class Authority:
    """A CA that can sign. Its private key is read only when something is to be signed."""

    def __init__(
        self,
        certificate: x509.Certificate,
        signing_key: t.Callable[[], keys.PrivateKey],
        chain: tuple[x509.Certificate, ...] = (),
    ) -> None:
        """``chain``: what follows a certificate of this CA; it alone when not given."""
        self.certificate = certificate
        self.signing_key = functools.cache(signing_key)
        self.chain = chain or (certificate,)

    @classmethod
    def load(cls, location: Location) -> Authority | None:
        """None when there is no certificate. Raises PkiError for a file that is no CA certificate."""
        pem = store.read(location.certificate_path)
        if pem is None:
            return None
        try:
            certificate = parse.certificate(pem)
        except UnreadableError as error:
            raise PkiError("ca_unreadable", f"{location.certificate_path} cannot be read: {error}.") from None
        return cls(certificate, functools.partial(_signing_key, location, certificate), _chain(location, certificate))

    @classmethod
    def stand_in(cls, until: datetime.datetime) -> Authority:
        """A CA in memory for a check run that comes before the first real one."""
        key = keys.generate(keys.KeySpec("ecdsa"))
        name = values.subject({"common_name": "(known after apply)"})
        start = values.now() - issue.BACKDATE
        certificate = issue.certificate(profiles.ROOT, name, key.public_key(), (), (start, until), None, key)
        return cls(certificate, lambda: key)

    @property
    def _constraints(self) -> x509.BasicConstraints | None:
        with contextlib.suppress(x509.ExtensionNotFound):
            return self.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        return None

    @property
    def path_length(self) -> int | None:
        return self._constraints.path_length if self._constraints else None

    def check_can_issue(self, location: Location, now: datetime.datetime) -> None:
        """Raises PkiError for what would make new certificates worthless, before any of them is made."""
        again = "Run the module alicloud.mtls.ca on it: it renews the certificate and keeps the key."
        if self._constraints is None or not self._constraints.ca:
            raise PkiError("not_a_ca", f"{location.certificate_path} is not marked as a CA (X.509 v3). {again}")
        if self.certificate.not_valid_before_utc > now:
            start = values.iso(self.certificate.not_valid_before_utc)
            raise PkiError(
                "ca_not_yet_valid",
                f"{location.certificate_path} is valid from {start} on, but here it is {values.iso(now)}."
                f" Set the clock. If the clock is right, it was wrong when the CA was made: {again}",
            )
        if self.certificate.not_valid_after_utc <= now:
            raise PkiError("ca_expired", f"{location.certificate_path} has expired. {again}")
        self.signing_key()


def _chain(location: Location, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
    pem = store.read(location.chain_path)
    if pem is None:
        return (certificate,)
    try:
        found = parse.certificates(pem)
    except UnreadableError as error:
        raise PkiError(
            "chain_unreadable",
            f"{location.chain_path} cannot be read: {error}. Run the module alicloud.mtls.ca on the CA as"
            " it was run before: it makes the file again.",
        ) from None
    first = found[0]
    same_ca = first.subject == certificate.subject and keys.fingerprint(first.public_key()) == keys.fingerprint(
        certificate.public_key()
    )
    return tuple(found) if same_ca and first.not_valid_after_utc > values.now() else (certificate,)


def _signing_key(location: Location, certificate: x509.Certificate) -> keys.PrivateKey:
    pem = store.read(location.key_path)
    if pem is None:
        raise PkiError("key_missing", f"The CA's private key {location.key_path} is missing: nothing can be issued.")
    try:
        key = keys.load(pem, location.passphrase)
    except UnreadableError as error:
        raise PkiError(
            "key_unreadable", f"The CA's private key {location.key_path} cannot be used: {error}. Check ca_passphrase."
        ) from None
    if keys.fingerprint(key.public_key()) != keys.fingerprint(certificate.public_key()):
        raise PkiError("key_mismatch", f"{location.key_path} is not the key of {location.certificate_path}.")
    return key


@dataclasses.dataclass(frozen=True)
class Item:
    """A certificate of the CA. ``signer``: the CA that signs it, None for itself. ``own``: not a cross-certificate."""

    desired: policies.Desired
    signer: Location | None = None
    own: bool = True


def ensure(
    items: t.Sequence[Item], location: Location, replace: str, write: bool, end_rotation: bool = False
) -> dict[str, t.Any]:
    """Brings the CA into the desired state; without ``write`` only in memory. The module's result.

    ``items``: the CA's own certificate, and its cross-certificate if there is to be one. ``end_rotation``: whether a
    cross-certificate and the chain with it are to be removed.
    """
    now = values.now()
    store.check_directories(where.directory for where in (location, *(each.signer for each in items if each.signer)))
    looked = [_inspect(each, location, replace, now, write) for each in items]
    # The chain first: without it, what is left of an interrupted run means nothing.
    removed = [path for path in (location.chain_path, location.cross_path) if end_rotation and os.path.lexists(path)]
    if write and (removed or any(inspection.reasons for inspection, _signer in looked)):
        owner = items[0].desired.owner
        store.make_directory(location.directory, owner)
        with location.locked():
            # Another run may have done it in the meantime.
            made = [_write(each, location, replace, now) for each in items]
            for path in removed:
                os.unlink(path)
    else:
        made = []
        for inspection, signer in looked:
            key = made[0].key if made else None  # a cross-certificate is for the key of the CA
            made.append(engine.make(inspection, signer.signing_key if signer else None, key))
    return _result(made, removed)


def _inspect(
    item: Item, location: Location, replace: str, now: datetime.datetime, write: bool
) -> tuple[engine.Inspection, Authority | None]:
    if item.signer is None:
        inspection = engine.inspect(item.desired, None, now)
        _check_consent(inspection, location, replace)
        return inspection, None
    signer = Authority.load(item.signer)
    if signer is None and write:
        raise PkiError(
            "ca_missing", f"There is no CA to sign with: {item.signer.certificate_path} does not exist. Make it first."
        )
    signer = signer or Authority.stand_in(values.end(now, item.desired.lifetime))
    if signer.certificate.subject == item.desired.subject:
        name = item.desired.subject.rfc4514_string()
        raise PkiError("common_name_of_ca", f"The subject {name} is that of the CA that signs. Choose another one.")
    inspection = engine.inspect(item.desired, signer.certificate, now, above=signer.chain)
    own_key = inspection.case.public_key
    if own_key and keys.fingerprint(own_key) == keys.fingerprint(signer.certificate.public_key()):
        raise PkiError(
            "shares_key",
            f"{location.key_path} is also the key of {item.signer.certificate_path}, which is to sign: whoever trusts"
            " the one would trust the other. Give this CA a private_key_name or a path of its own.",
        )
    if item.own:
        _check_consent(inspection, location, replace)
    if inspection.issues:
        if not item.own and signer.certificate.not_valid_after_utc <= now:
            raise PkiError(
                "ca_expired",
                f"{item.signer.certificate_path} has expired, and with it the rotation is over: leave cross_sign out."
                " With end_rotation the cross-certificate is removed.",
            )
        signer.check_can_issue(item.signer, now)
        if signer.path_length == 0:
            raise PkiError(
                "path_length", f"{item.signer.certificate_path} has the path length 0: it may not sign another CA."
            )
    return inspection, signer


def _write(item: Item, location: Location, replace: str, now: datetime.datetime) -> engine.Made:
    where = item.signer or location
    with where.locked() if item.signer else contextlib.nullcontext():
        inspection, signer = _inspect(item, location, replace, now, write=True)
        made = engine.make(inspection, signer.signing_key if signer else None)
        files = [*(engine.kept_aside(made, item.desired.paths) if item.own else []), *made.files]
        if inspection.issues:
            certificate = signer.certificate if signer else inspection.case.current.certificate
            entry = index.entry(item.desired.profile.name, made.certificate, item.desired.paths, now)
            # An index without a key means that the key is lost, so the key comes first.
            store.write_all([file for file in files if file.mode == store.SECRET], item.desired.owner)
            files = [file for file in files if file.mode != store.SECRET]
            with recovery.writing(where, certificate) as known:
                known.add([entry])
        store.write_all(files, item.desired.owner)
        engine.set_rights(item.desired)
    return made


def _result(made: t.Sequence[engine.Made], removed: t.Sequence[str]) -> dict[str, t.Any]:
    reasons = [reason for each in made for reason in report.reasons(each.inspection)]
    difference = report.difference(made)
    clipped = [
        f"{each.inspection.desired.paths['certificate']} ends with the CA that signs it at"
        f" {values.iso(each.inspection.case.until)}, which is earlier than valid_for asks for."
        for each in made
        if each.inspection.clipped
    ]
    if removed:
        names = ", ".join(map(os.path.basename, removed))
        reasons.append({"code": "rotation_ended", "message": f"Nobody needs {names} any more."})
        difference["before"]["rotation"] = {"files": list(removed)}
        difference["after"]["rotation"] = {"files": []}
    return {
        "changed": bool(reasons),
        "ca": report.result(made[0]),
        **({"cross_certificate": report.result(made[1])} if len(made) > 1 else {}),
        "reasons": reasons,
        "warnings": clipped,
        "diff": difference,
    }


def _check_consent(inspection: engine.Inspection, location: Location, replace: str) -> None:
    lost, left = _lost(inspection.case.current.raw, location), f"{location.index_path} or its CRL"
    if lost is None and not inspection.case.current.raw and (issued := _left_over(location, inspection.desired)):
        lost, left = "key", issued
    what = f"The {lost} of the CA is gone, but {left} says that there was one."
    found = [("ca_lost", what, _LOST[lost])] if lost else []
    found += [(each.code, each.message, _CONSENT[each.code]) for each in inspection.reasons if each.code in _CONSENT]
    for code, message, consent in found:
        if REPLACE.index(replace) < REPLACE.index(consent.needed):
            raise PkiError(
                code,
                f"The CA in {location.directory} was left as it is. {message} {consent.advice}"
                f" To have the {consent.needed} of the CA replaced, say so with replace={consent.needed}:"
                f" {consent.price}",
            )


def _left_over(location: Location, desired: policies.Desired) -> str | None:
    """Returns a file that only a CA of this name can have left in its directory, when nothing else of it is there."""
    for path in (location.chain_path, location.cross_path):
        if os.path.lexists(path):
            return path
    for path in recovery.certificate_files(location.directory):
        with contextlib.suppress(OSError, UnreadableError):
            if parse.certificate(store.read(path) or b"").issuer == desired.subject:
                return path
    return None


def _lost(raw: t.Mapping[str, bytes], location: Location) -> str | None:
    """Which of key and certificate a CA that has existed lacks, when it is not an interrupted run that shows."""
    if "certificate" in raw:
        return None
    indexed, listed = index.exists(location.index_path), os.path.lexists(location.crl_path)
    if "key" not in raw:
        return "key" if indexed or listed else None
    if not indexed:
        return "certificate" if listed else None
    with index.opened(location.index_path) as known:
        others = any(each["file"] != location.certificate_path for each in known.entries())
    return "certificate" if others or listed else None
