# SPDX-License-Identifier: GPL-3.0-or-later
"""What others make of whole chains: OpenSSL, GnuTLS, NSS, Java, a strict TLS server and pkilint.

Before them are a root, a CA below it, a new root under a cross-certificate, and the clients, servers, PKCS#12 files and
CRLs of each.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pkilint import loader, pkix, validation
from pkilint.pkix import certificate, crl, extension, name

from tests.unit.pki.make import PASSPHRASE, make_ca, make_client, make_server, revoke
from tests.witnesses import strict_tls
from tests.witnesses.openssl import openssl

SUBJECT = {"country_name": "cn", "organization_name": "阿里巴巴", "email_address": "a@example.com"}
KEYS: dict[str, dict[str, Any]] = {
    "rsa": {"key_type": "rsa", "key_size": 2048},
    "ecdsa": {"key_type": "ecdsa", "curve": "secp256r1"},
}
# By the directory of the CA that signs: which CAs a client sends along, from its own upwards.
ABOVE = {"root": [], "shop": ["shop/root.crt"], "new": ["new/root.cross.crt"]}
CLIENTS = ("client", "legacy", "gone")
PURPOSES = {"client": ("sslclient", "1.3.6.1.5.5.7.3.2"), "server": ("sslserver", "1.3.6.1.5.5.7.3.1")}


@pytest.fixture(scope="module", params=KEYS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the witnesses look at; nothing of it is changed."""
    top, key = tmp_path_factory.mktemp("world"), KEYS[request.param]
    make_ca(top / "root", subject={**SUBJECT, "common_name": "root"}, **key)
    below = {"path": str(top / "root")}
    constraints = {"permitted": ["DNS:example.com", "email:example.com"], "excluded": ["IP:192.0.2.0/24"]}
    make_ca(
        top / "shop",
        subject={**SUBJECT, "common_name": "shop"},
        issuer=below,
        path_length=0,
        name_constraints=constraints,
        **key,
    )
    make_ca(top / "new", subject={**SUBJECT, "common_name": "root 2027"}, cross_sign=below, **key)
    for ca in ABOVE:
        client, legacy, gone = ({**SUBJECT, "name": each, "common_name": f"{each} of {ca}"} for each in CLIENTS)
        names = {"dns_names": ["device.example.com"], "uris": [f"spiffe://example.com/{ca}"]}
        make_client(top / ca, clients=[{**client, **names}, gone], **key)
        make_client(top / ca, clients=[legacy], pkcs12_encryption="legacy", **key)
        make_server(top / ca, dns_names=["www.example.com", "*.example.com"], subject=SUBJECT, **key)
        revoke(top / ca, {"name": "gone", "reason": "key_compromise"})
    (top / "crls.pem").write_bytes(b"".join((top / ca / "root.crl.pem").read_bytes() for ca in ABOVE))
    return top


def run(*command: str | Path, check: bool = True, cwd: Path | None = None, stdin: str = "") -> str:
    done = subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        input=stdin,
        # Java starts twice as fast with the quick compiler only, and says so on each start.
        env={**os.environ, "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"},
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("ca", ABOVE)
def test_openssl(world: Path, ca: str) -> None:
    way = [option for each in ABOVE[ca] for option in ("-untrusted", world / each)]
    strict = ("verify", "-x509_strict", "-check_ss_sig", "-CAfile", world / "root" / "root.crt", *way)
    checked = (*strict, "-crl_check_all", "-CRLfile", world / "crls.pem")
    for leaf, (purpose, _oid) in PURPOSES.items():
        assert ": OK" in openssl(*checked, "-purpose", purpose, world / ca / f"{leaf}.crt")
    assert "certificate revoked" in openssl(*checked, world / ca / "gone.crt", check=False)
    assert "unsuitable" in openssl(*checked, "-purpose", "sslserver", world / ca / "client.crt", check=False)


@pytest.mark.parametrize("ca", ABOVE)
def test_gnutls(world: Path, ca: str) -> None:
    for leaf, (_purpose, oid) in PURPOSES.items():
        asked = ("certtool", "--verify", "--verify-purpose", oid, "--infile", world / ca / f"{leaf}.chain.crt")
        assert "The certificate is trusted" in run(*asked, "--load-ca-certificate", world / "root" / "root.crt")
    foreign = "new" if ca == "shop" else "shop"
    assert "NOT trusted" in run(*asked, "--load-ca-certificate", world / foreign / "root.crt", check=False)
    listed = ("certtool", "--verify-crl", "--load-ca-certificate", world / ca / "root.crt")
    assert "The certificate is trusted" in run(*listed, "--infile", world / ca / "root.crl.pem")
    assert "certificate chain is revoked" in run(
        *("certtool", "--verify", "--load-ca-certificate", world / "root" / "root.crt"),
        *("--load-crl", world / "crls.pem", "--infile", world / ca / "gone.chain.crt"),
        check=False,
    )


@pytest.mark.parametrize("ca", ABOVE)
def test_gnutls_opens_pkcs12_files(world: Path, ca: str, tmp_path: Path) -> None:
    for client in CLIENTS:
        opened = ("certtool", "--p12-info", "--inder", "--infile", world / ca / f"{client}.p12", "--password")
        said = run(*opened, PASSPHRASE)
        assert said.count("BEGIN CERTIFICATE") == 2 + len(ABOVE[ca])
        assert f"Friendly name: {client}" in said
        assert "BEGIN CERTIFICATE" not in run(*opened, "wrong", check=False)
        (tmp_path / "p8").write_text("-----BEGIN ENCRYPTED" + said.split("-----BEGIN ENCRYPTED")[1])
        key = run("certtool", "--key-info", "--pkcs8", "--infile", tmp_path / "p8", "--password", PASSPHRASE)
        own = run("certtool", "--key-info", "--infile", world / ca / f"{client}.key")
        assert key.partition("Public Key PIN")[2].split()[1] == own.partition("Public Key PIN")[2].split()[1]


@pytest.mark.parametrize("ca", ABOVE)
def test_nss(world: Path, ca: str, tmp_path: Path) -> None:
    """What Chrome and Firefox use: the PKCS#12 file brings the whole chain, only the root is trusted by hand."""
    base = f"sql:{tmp_path}"
    run("certutil", "-N", "-d", base, "--empty-password")
    run("certutil", "-A", "-d", base, "-n", "the root", "-t", "CT,,", "-i", world / "root" / "root.crt")
    for client in CLIENTS:
        run("pk12util", "-i", world / ca / f"{client}.p12", "-d", base, "-W", PASSPHRASE, "-K", "")
        assert client in run("certutil", "-K", "-d", base)
        assert "certificate is valid" in run("certutil", "-V", "-d", base, "-n", client, "-u", "C")
        for library in ((), ("-p", "-p")):
            asked: tuple[str | Path, ...] = (
                "vfychain",
                "-d",
                base,
                *library,
                "-u",
                "0",
                "-a",
                world / ca / f"{client}.crt",
            )
            assert "Chain is good" in run(*asked)
    assert "Chain is good" in run("vfychain", "-d", base, "-u", "1", "-a", world / ca / "server.crt")
    assert "Chain is bad" in run("vfychain", "-d", base, "-u", "1", "-a", world / ca / "client.crt", check=False)
    run("crlutil", "-I", "-d", base, "-i", world / ca / "root.crl.der")
    assert "has been revoked" in run("vfychain", "-d", base, "-u", "0", "-a", world / ca / "gone.crt", check=False)
    assert "Chain is good" in run("vfychain", "-d", base, "-u", "0", "-a", world / ca / "client.crt")


@pytest.mark.parametrize("world", ["ecdsa"], indirect=True)
def test_java(world: Path, tmp_path: Path) -> None:
    """keytool adds a certificate without a question only when it finds a chain up to what is in the key store."""
    keytool: tuple[str | Path, ...] = ("keytool", "-keystore", tmp_path / "store", "-storepass", PASSPHRASE)

    def added(alias: str, path: Path, *more: str) -> bool:
        asked: tuple[str | Path, ...] = (*keytool, "-importcert", "-alias", alias, "-file", path, *more)
        return "was added to keystore" in run(*asked, check=False)

    assert not added("orphan", world / "root" / "client.crt")
    assert added("root", world / "root" / "root.crt", "-noprompt")
    for path in [*(each for way in ABOVE.values() for each in way), *(f"{ca}/client.crt" for ca in ABOVE)]:
        assert added(path, world / path), path
    for ca, client in [*((ca, "client") for ca in ABOVE), ("new", "legacy")]:
        said = run("keytool", "-storepass", PASSPHRASE, "-keystore", world / ca / f"{client}.p12", "-list", "-v")
        assert "PrivateKeyEntry" in said
        assert f"Certificate chain length: {2 + len(ABOVE[ca])}" in said


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_strict_tls_server(world: Path, version: str, tmp_path: Path) -> None:
    cases: dict[tuple[str, str], dict[str, Any]] = {}
    for ca in ABOVE:
        client = tmp_path / f"{ca}.pem"
        client.write_bytes(b"".join((world / ca / f"client{end}").read_bytes() for end in (".key", ".chain.crt")))
        for anchor in ABOVE:
            cases[ca, anchor] = {
                "server_chain": str(world / "root" / "server.chain.crt"),
                "server_key": str(world / "root" / "server.key"),
                "server_ca": str(world / "root" / "root.crt"),
                "trusted": [str(world / anchor / "root.crt")],
                "client": str(client),
                "version": version,
            }
    wanted = {("root", "root"), ("shop", "root"), ("shop", "shop"), ("new", "root"), ("new", "new")}
    for who, verdicts in strict_tls.judge(list(cases.values())).items():
        assert {pair for pair, well in zip(cases, verdicts, strict=True) if well} == wanted, who


# Errors of pkilint that are none, by what it says of which value.
EXEMPT = {
    # RFC 9525, 6.3: a dNSName may have "*" as its leftmost label. The linter asks for a name of RFC 1034 here.
    "pkix.invalid_domain_name_syntax": '"*.example.com"',
    # RFC 3986, 3.1: any scheme will do, and SPIFFE names are URIs. The linter's library knows a fixed list of schemes.
    "pkix.invalid_uri_syntax": '"spiffe://example.com/',
}
LINT_CERTIFICATE = certificate.create_pkix_certificate_validator_container(
    certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
    [
        certificate.create_issuer_validator_container([]),
        certificate.create_validity_validator_container(),
        certificate.create_subject_validator_container([]),
        certificate.create_extensions_validator_container([]),
        certificate.create_spki_validator_container([]),
    ],
)
LINT_CRL = crl.create_pkix_crl_validator_container(
    [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ],
    [
        crl.create_issuer_validator_container([]),
        crl.create_validity_validator_container([]),
        crl.create_extensions_validator_container([]),
    ],
)


def lint(path: Path) -> list[str]:
    """The findings of level error and above, without those that are exempt."""
    if ".crl." in path.name:
        document, judge = loader.load_pem_crl(path.read_text(), path.name), LINT_CRL
    else:
        document, judge = loader.load_pem_certificate(path.read_text(), path.name), LINT_CERTIFICATE
    found = [each for result in judge.validate(document.root) for each in result.finding_descriptions]
    errors = [each for each in found if each.finding.severity <= validation.ValidationFindingSeverity.ERROR]
    texts = [(each.finding.code, each.message or "") for each in errors]
    return [f"{code}: {text}" for code, text in texts if code not in EXEMPT or EXEMPT[code] not in text]


def test_pkilint(world: Path) -> None:
    files = [*world.rglob("root*.pem"), *(path for path in world.rglob("*.crt") if ".chain." not in path.name)]
    assert len(files) == 3 * (1 + 1 + 3 + 1) + 1, "CRL, CA, clients and server of each, and the cross-certificate"
    assert {str(path.relative_to(world)): found for path in files if (found := lint(path))} == {}


def test_pkilint_can_tell(tmp_path: Path) -> None:
    """Also that what is exempt is a kind of name, and not every name."""
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key", "-subj", "/CN=x")
    usage = ("-addext", "keyUsage=critical,digitalSignature,keyCertSign", "-addext", "basicConstraints=CA:FALSE")
    openssl(*made, "-out", tmp_path / "bad.crt", *usage, "-addext", "subjectAltName=DNS:no_host..example")
    codes = {each.partition(":")[0] for each in lint(tmp_path / "bad.crt")}
    assert {"pkix.invalid_domain_name_syntax"} < codes
