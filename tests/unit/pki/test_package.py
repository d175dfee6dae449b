# SPDX-License-Identifier: GPL-3.0-or-later
"""The package cryptography: missing, too old, right."""

from __future__ import annotations

import importlib
import sys

import cryptography
import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import ModuleError
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import package


def test_the_installed_one_is_accepted() -> None:
    package.check()


def test_a_missing_one_is_reported_with_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.x509", None)
    with pytest.raises(ModuleError) as refused:
        package.check()
    report = refused.value.report()
    assert report["code"] == "package_missing"
    assert sys.executable in report["msg"]
    assert f"pip install 'cryptography>={package.MINIMUM}'" in report["hint"]


@pytest.mark.parametrize("version", ["41.0.7", "3.4.8"])
def test_an_old_one_is_reported_with_its_version(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cryptography, "__version__", version)
    with pytest.raises(ModuleError, match=version) as refused:
        package.check()
    assert refused.value.code == "package_missing"


def test_without_it_files_can_be_imported_and_nothing_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cryptography", "cryptography.x509"):
        monkeypatch.setitem(sys.modules, name, None)
    prefix = package.__name__.rpartition("._x509")[0]
    for name in ("_x509", "_pki"):  # attributes of the package, which the import below sets anew
        monkeypatch.setattr(sys.modules[prefix], name, importlib.import_module(f"{prefix}.{name}"))
    for name in [name for name in sys.modules if name.startswith((f"{prefix}._x509", f"{prefix}._pki"))]:
        monkeypatch.delitem(sys.modules, name)
    operations = importlib.import_module(f"{prefix}._pki.operations")
    with pytest.raises(Exception, match="cryptography is missing"):
        operations.conversion.names.ip_address("192.0.2.1")
