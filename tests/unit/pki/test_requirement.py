# SPDX-License-Identifier: GPL-3.0-or-later
"""The package cryptography: missing, too old, right."""

from __future__ import annotations

import sys

import cryptography
import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import ModuleError
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import requirement


def test_the_installed_one_is_accepted() -> None:
    requirement.check_cryptography()


def test_a_missing_one_is_reported_with_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.x509", None)
    with pytest.raises(ModuleError) as refused:
        requirement.check_cryptography()
    report = refused.value.report()
    assert report["code"] == "package_missing"
    assert sys.executable in report["msg"]
    assert f"pip install 'cryptography>={requirement.MINIMUM}'" in report["hint"]


@pytest.mark.parametrize("version", ["41.0.7", "3.4.8"])
def test_an_old_one_is_reported_with_its_version(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cryptography, "__version__", version)
    with pytest.raises(ModuleError, match=version) as refused:
        requirement.check_cryptography()
    assert refused.value.code == "package_missing"
