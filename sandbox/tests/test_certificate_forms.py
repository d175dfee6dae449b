# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms in which headers tell of client certificates; tests/integration/test_revocation_behind_alb.py sends them."""

from __future__ import annotations

import pytest
from alicloud_sandbox.dataplane import certificate_forms
from alicloud_sandbox.testing import Sandbox
from alicloud_sandbox.topology import CertificateForms, Fact


def test_forms_are_set_and_reset(sandbox: Sandbox) -> None:
    sandbox.certificate_headers(names="slashes", fingerprint="capital_colons")
    for wrong in ({"names": "x"}, {"fingerprint": "sha256"}, {"serial": "x"}):
        with pytest.raises(RuntimeError, match=r"names has to|fingerprint has to|serial"):
            sandbox.certificate_headers(**wrong)
    sandbox.reset()
    sandbox.certificate_headers()


@pytest.mark.parametrize("form", certificate_forms.FINGERPRINTS)
def test_a_fingerprint_is_declared_unless_it_is_nginx_own(form: str) -> None:
    declared: dict[str, str] = {}
    written = certificate_forms.value(Fact.CERTIFICATE_FINGERPRINT, CertificateForms(fingerprint=form), declared)
    assert (written == "$ssl_client_fingerprint") is (form == "small")
    assert bool(declared) is (form != "small")
