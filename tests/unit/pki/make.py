# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules' own entry points with their options' defaults, and a small CA. Keys are ECDSA unless told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import operations
from ansible_collections.alicloud.mtls.plugins.module_utils._pki.storage import database
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from ansible_collections.alicloud.mtls.plugins.modules import (
    ca,
    ca_info,
    certificate_info,
    certificate_revocation,
    client_certificate,
    client_deny_list,
    server_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSPHRASE = "correct horse battery"


class _SpecTakenError(Exception):
    """Carries the argument specification that a module's main() hands to AnsibleModule."""


def _spec_of(plugin: Any) -> dict[str, Any]:
    def take(argument_spec: dict[str, Any], **more: Any) -> None:
        raise _SpecTakenError(argument_spec)

    real, plugin.AnsibleModule = plugin.AnsibleModule, take
    try:
        plugin.main()
    except _SpecTakenError as taken:
        spec: dict[str, Any] = taken.args[0]
        return spec
    finally:
        plugin.AnsibleModule = real
    raise AssertionError("main() made no module")


SPECS = {
    "ca": (_spec_of(ca), operations.ensure_ca),
    "client": (_spec_of(client_certificate), operations.ensure_clients),
    "server": (_spec_of(server_certificate), operations.ensure_server),
    "revocation": (_spec_of(certificate_revocation), operations.ensure_revocation),
    "ca_info": (_spec_of(ca_info), operations.collect_ca),
    "deny_list": (_spec_of(client_deny_list), operations.ensure_deny_list),
    "info": (_spec_of(certificate_info), operations.collect_certificates),
}


def run(kind: str, write: Any = True, tolerant: Any = False, **options: Any) -> dict[str, Any]:
    """What the module would return. Paths may be Path objects. The first failed item is raised unless ``tolerant``."""
    spec, ensure = SPECS[kind]
    options = {name: str(value) if isinstance(value, Path) else value for name, value in options.items()}
    key = {"key_type": "ecdsa", "accept_ed25519": True} if "key_type" in spec else {}
    checked = ArgumentSpecValidator(spec).validate({**key, **options})
    assert not checked.error_messages, checked.error_messages
    result = ensure(checked.validated_parameters, write)
    for failure in [] if tolerant else result.get("failures", []):
        raise CertificateError(failure["message"], code=failure["code"])
    return result


def make_ca(directory: Path, write: Any = True, **options: Any) -> dict[str, Any]:
    return run("ca", write, **{"path": directory, "subject": {"common_name": "root", "country_name": "cn"}, **options})


def make_client(directory: Path, write: Any = True, **options: Any) -> dict[str, Any]:
    defaults = {
        "ca_path": directory,
        "clients": [{"name": "client", "common_name": "client-alb-user"}],
        "pkcs12_passphrase": PASSPHRASE,
    }
    return run("client", write, **{**defaults, **options})


def make_server(directory: Path, write: Any = True, **options: Any) -> dict[str, Any]:
    return run("server", write, **{"ca_path": directory, "common_name": "www.example.com", **options})


def revoke(directory: Path, *certificates: dict[str, Any], write: Any = True, **options: Any) -> dict[str, Any]:
    return run("revocation", write, ca_path=directory, certificates=list(certificates), **options)


def codes(result: dict[str, Any]) -> list[str]:
    """The reasons of the only certificate in ``result``."""
    reasons = result["reasons"] if "reasons" in result else result["certificates"][0]["reasons"]
    return [reason["code"] for reason in reasons]


def entries(directory: Path, name: str = "root") -> list[database.Entry]:
    """What the index of the CA holds, in the order of issue."""
    with database.opened(str(directory / f"{name}.index.db")) as known:
        return list(known.entries())


def snapshot(path: Path) -> dict[str, tuple[bytes, int]]:
    """Content and mode of every file below ``path``."""
    return {
        str(file.relative_to(path)): (file.read_bytes(), file.stat().st_mode & 0o7777)
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }


def new_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Write a new key to ``path`` as ``openssl ecparam -genkey`` does; return it."""
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form))
    return key


def bare_certificate(directory: Path, request: x509.CertificateSigningRequest) -> bytes:
    """Return a certificate (PEM) without any extension, for a request, by the CA in ``directory``."""
    issuer = x509.load_pem_x509_certificate((directory / "root.crt").read_bytes())
    key = serialization.load_pem_private_key((directory / "root.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    made = (
        x509.CertificateBuilder(issuer.subject, request.subject, request.public_key(), serial_number=9)
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)
