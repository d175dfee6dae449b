# SPDX-License-Identifier: GPL-3.0-or-later
"""A CA of a kind that mutual authentication does not take."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import preconditions
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError

from tests.unit.fakes.cloud import Cloud
from tests.witnesses.openssl import openssl


@pytest.mark.parametrize(
    ("key", "digest", "words"),
    [
        (["SM2"], ["-sm3", "-sigopt", "distid:1234567812345678"], "is an SM2 certificate"),
        (["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], [], ""),
    ],
)
def test_an_sm2_ca(key: list[str], digest: list[str], words: str, tmp_path: Path) -> None:
    secret, made = tmp_path / "ca.key", tmp_path / "ca.crt"
    openssl("genpkey", "-algorithm", *key, "-out", secret)
    openssl("req", "-x509", "-new", "-key", secret, *digest, "-subj", "/CN=root", "-out", made)
    cloud = Cloud(DescribeWarehouseCert=lambda params: {"Content": made.read_text(), "CertStatus": "ISSUE"})
    if words:
        with pytest.raises(RefusedError, match=words):
            preconditions.check_ca(cloud.session(), "1efd3cac-e8c1-611d-b971-f96e5e432aba")
        return
    preconditions.check_ca(cloud.session(), "1efd3cac-e8c1-611d-b971-f96e5e432aba")
