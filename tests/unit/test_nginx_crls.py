# SPDX-License-Identifier: GPL-3.0-or-later
"""CAs and CRLs for Nginx, read without a package."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import crls

from tests.unit.pki.make import make_ca, revoke


def test_a_crl_of_every_ca_is_needed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_ca(tmp_path / name, subject={"common_name": name})
        revoke(tmp_path / name)
    ca = {name: (tmp_path / name / "root.crt").read_text() for name in ("a", "b")}
    crl = {name: (tmp_path / name / "root.crl.pem").read_text() for name in ("a", "b")}
    assert crls.problem(ca["a"], "") == ""
    assert crls.problem(ca["a"], crl["a"]) == ""
    assert crls.problem(ca["a"] + ca["b"], crl["b"] + "text between\n" + crl["a"]) == ""
    assert "no CRL of the CA b" in crls.problem(ca["a"] + ca["b"], crl["a"])


@pytest.mark.parametrize("broken", ["AAAA", "MIIB", "=", "MAA=", "MAIwAA=="])
def test_what_is_no_crl(tmp_path: Path, broken: str) -> None:
    make_ca(tmp_path)
    pem = f"-----BEGIN X509 CRL-----\n{broken}\n-----END X509 CRL-----\n"
    assert crls.problem((tmp_path / "root.crt").read_text(), pem).startswith(("The CRLs cannot be read", "There is no"))
    assert crls.problem(pem.replace("X509 CRL", "CERTIFICATE"), "").startswith("The CAs of the clients cannot be read")
