# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a CA, whoever made it: adopt, issue, renew, rotate, revoke, move. Independent programs judge each step.

Witnesses: OpenSSL; GnuTLS, which compares names octet by octet; NSS, with its own path validation.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import codes, make_ca, make_client, revoke, run, snapshot
from tests.witnesses.foreign import MAKERS, ForeignCa
from tests.witnesses.openssl import openssl


def made_by_the_collection(top: Path) -> ForeignCa:
    subject = {"organization_name": "阿里巴巴", "common_name": "Own CA"}
    make_ca(top / "pki", subject=subject, key_type="ecdsa")
    client = make_client(top / "pki", path=top / "elsewhere", clients=[{"name": "alice", "common_name": "alice"}])
    path = Path(client["certificates"][0]["certificate_path"])
    return ForeignCa(top / "pki", {"subject": subject, "key_type": "ecdsa"}, path, by_serial=False, history=path)


TABLE = {**MAKERS, "the collection": made_by_the_collection}


@pytest.fixture(params=TABLE)
def foreign(request: pytest.FixtureRequest, tmp_path: Path) -> ForeignCa:
    return TABLE[request.param](tmp_path)


def adopt(foreign: ForeignCa, write: bool = True, path: Path | None = None, **options: Any) -> dict[str, Any]:
    history = [str(foreign.history)] if foreign.history.exists() else None
    return make_ca(
        path or foreign.path, write, **{"subject": None, "import_paths": history, **foreign.options, **options}
    )


def issue(path: Path, name: str, **options: Any) -> Path:
    clients = [{"name": name, "common_name": f"cn-{name}"}]
    result = make_client(path, clients=clients, pkcs12_passphrase=None, key_type="ecdsa", **options)
    return Path(result["certificates"][0]["certificate_path"])


def judged(path: Path, certificate: Path, *chain: Path) -> bool:
    """Return whether OpenSSL, GnuTLS and NSS accept a client below the root in ``path``; they have to agree."""
    untrusted = [word for each in chain for word in ("-untrusted", str(each))]
    said = openssl(
        "verify", "-purpose", "sslclient", "-CAfile", path / "root.crt", *untrusted, certificate, check=False
    )
    whole = certificate.with_suffix(".judged")
    whole.write_bytes(b"".join(each.read_bytes() for each in (certificate, *chain)))
    command = ["certtool", "--verify", "--load-ca-certificate", str(path / "root.crt"), "--infile", str(whole)]
    gnutls = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    verdict = ": OK" in said
    assert verdict is ("Chain verification output: Verified" in gnutls), said + gnutls
    assert verdict is judged_by_nss(path, certificate, *chain)
    return verdict


def judged_by_nss(path: Path, certificate: Path, *chain: Path) -> bool:
    store = certificate.parent / f"nss-{path.name}-{certificate.stem}"
    store.mkdir(exist_ok=True)

    def certutil(*words: str | Path) -> bool:
        command = ["certutil", "-d", f"sql:{store}", *map(str, words)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    certutil("-N", "--empty-password")
    for number, (file, trust) in enumerate([(path / "root.crt", "CT,C,C"), *((each, ",,") for each in chain)]):
        assert certutil("-A", "-n", f"ca-{number}", "-t", trust, "-i", file)
    assert certutil("-A", "-n", "client", "-t", ",,", "-i", certificate)
    verdict = certutil("-V", "-n", "client", "-u", "C")
    shutil.rmtree(store)
    return verdict


def revoked(path: Path, certificate: Path) -> bool:
    checked = ("verify", "-crl_check", "-CRLfile", path / "root.crl.pem", "-CAfile", path / "root.crt")
    said = openssl(*checked, certificate, check=False)
    assert ": OK" in said or "certificate revoked" in said, said
    return ": OK" not in said


def test_the_life_of_a_ca(foreign: ForeignCa, tmp_path: Path) -> None:
    path, alice = foreign.path, foreign.client
    # Adopt: the files of the CA stay as they are, and its history is known.
    before = {name: state for name, state in snapshot(path).items() if name in ("root.crt", "root.key")}
    assert judged(path, alice)
    preview = adopt(foreign, write=False)
    adopted = adopt(foreign)
    known = tmp_path / "elsewhere" in alice.parents  # issued by the collection itself
    assert codes(adopted) == codes(preview) == ([] if known else ["imported"])
    assert {name: state for name, state in snapshot(path).items() if name in before} == before
    assert adopt(foreign)["changed"] is False
    # Issue.
    bob = issue(path, "bob")
    assert judged(path, bob)
    # Renew: consent where clients name the CA by its serial number, which the new certificate does not have.
    due: dict[str, Any] = {"valid_for": "5000d", "renew_before": "4900d"}
    if foreign.by_serial:
        with pytest.raises(CertificateError) as refused:
            adopt(foreign, **due)
        assert refused.value.code == "named_by_serial"
        assert judged(path, alice)
    # Without a reason for the user to agree to, no client is lost; a CA of mkcert has to be allowed to sign CRLs.
    else:
        adopt(foreign, replace="certificate", **due)
        assert judged(path, alice)
    assert judged(path, bob)
    # Rotate: servers that trust the old CA alone accept clients of the new one.
    new = tmp_path / "new"
    cross = None if _path_length(path) == 0 else {"path": str(path)}
    make_ca(new, subject={"common_name": "Next CA"}, **({"cross_sign": cross} if cross else {}))
    carol = issue(new, "carol", previous_ca={"path": str(path)})
    assert judged(new, carol)
    if cross:
        assert judged(path, carol, new / "root.cross.crt")
    # Revoke, by the name in the history that was imported.
    revoke(path, {"path": str(bob)}, {"path": str(alice)})
    assert [revoked(path, each) for each in (alice, bob)] == [True, True]
    dora = issue(path, "dora")
    assert not revoked(path, dora)
    # Move.
    moved = tmp_path / "moved" / "deeper"
    moved.parent.mkdir()
    path.rename(moved)
    assert issue(moved, "dora") == moved / "dora.crt"
    assert (
        make_client(moved, clients=[{"name": "dora", "common_name": "cn-dora"}], pkcs12_passphrase=None)["changed"]
        is False
    )
    revoke(moved, {"name": "dora"})
    assert [revoked(moved, each) for each in (alice, moved / "bob.crt", moved / "dora.crt")] == [True] * 3
    found = {item["path"]: item for item in run("info", paths=[str(moved)])["certificates"]}
    assert found[str(moved / "root.crt")]["verified"] is True
    assert found[str(moved / "bob.crt")]["revocation"] is not None


def _path_length(path: Path) -> int | None:
    text = openssl("x509", "-in", path / "root.crt", "-noout", "-ext", "basicConstraints")
    return int(text.rpartition("pathlen:")[2]) if "pathlen:" in text else None
