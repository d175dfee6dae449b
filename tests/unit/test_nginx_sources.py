# SPDX-License-Identifier: GPL-3.0-or-later
"""The files on the controller that the action of nginx_sites reads."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing import dataloader
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.alicloud.mtls.plugins.action.nginx_sites import ActionModule


def read(
    check_mode: bool = False, absent: bool = False, loader: DataLoader | None = None, **site: Any
) -> dict[str, Any]:
    action = ActionModule.__new__(ActionModule)
    action._task = SimpleNamespace(check_mode=check_mode)
    action._loader = loader or DataLoader()
    return dict(action._read({"name": "a", **site}, absent))


def test_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.crt").write_text("certificate\n")
    (tmp_path / "a.key").write_text("key\n")
    found = read(certificate_src=str(tmp_path / "a.crt"), private_key_src=str(tmp_path / "a.key"))
    assert (found["certificate"], found["private_key"]) == ("certificate\n", "key\n")


def test_no_decrypted_copy_of_a_vault_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible decrypts a file into its own directory for temporary files, which is the test's here."""
    secrets = [("default", VaultSecret(b"password"))]
    (tmp_path / "a.key").write_bytes(VaultLib(secrets).encrypt("key\n", secrets[0][1]))
    loader = DataLoader()
    loader.set_vault_secrets(secrets)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(dataloader.C, "DEFAULT_LOCAL_TMP", str(tmp_path / "temporary"))
    found = read(loader=loader, certificate="certificate\n", private_key_src=str(tmp_path / "a.key"))
    assert found["private_key"] == "key\n"
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("path", ["a.crt", "files/a.crt", "", None])
def test_a_path_that_is_not_absolute_is_refused(path: str | None) -> None:
    with pytest.raises(AnsibleActionFail, match=r"sites\[a\]\.certificate_src: .* is not an absolute path"):
        read(certificate_src=path)
    with pytest.raises(AnsibleActionFail, match="nginx_https_certificate_src: "):
        read(certificate_src=path, option_prefix="nginx_https_")


def test_a_missing_file_is_allowed_in_check_mode_only(tmp_path: Path) -> None:
    paths: dict[str, Any] = {"certificate_src": str(tmp_path / "a.crt"), "private_key_src": str(tmp_path / "a.key")}
    assert "certificate" not in read(check_mode=True, **paths)
    with pytest.raises(AnsibleActionFail, match=r"a\.crt does not exist on the controller"):
        read(**paths)


def test_nothing_is_read_for_a_site_that_goes_away() -> None:
    assert read(state="absent") == {"name": "a", "state": "absent"}
    assert read(absent=True) == {"name": "a"}
    assert read(absent=True, state=None) == {"name": "a", "state": None}
    with pytest.raises(AnsibleActionFail):
        read(absent=True, state="present")
