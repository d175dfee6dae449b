# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the certificates and keys of sites on the controller, and hand them to the module."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

# Options of client_identity that name files, and those that take the contents.
IDENTITY_FILES = {
    "ca_src": "ca",
    "crl_src": "crl",
    "revoked_src": "revoked",
    "deny_src": "deny_list",
    "allow_src": "allow_list",
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """The controller's half of the module."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        """Replace every option that names a file by the content of that file, and run the module."""
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        sites = arguments.get("sites")
        if isinstance(sites, list) and all(isinstance(site, dict) for site in sites):
            absent = arguments.get("state") == "absent"
            arguments["sites"] = [self._read(site, absent) for site in sites]
        result: dict[str, t.Any] = self._execute_module(module_args=arguments, task_vars=task_vars)
        return result

    def _read(self, site: dict[str, t.Any], absent: bool) -> dict[str, t.Any]:
        site = dict(site)
        if (site.get("state") or ("absent" if absent else "present")) == "absent":
            return site
        prefix = site.get("option_prefix") or f"sites[{site.get('name')}]."
        for kind in ("certificate", "private_key"):
            if site.get(kind):
                continue
            option, path = f"{prefix}{kind}_src", str(site.get(f"{kind}_src") or "")
            self._check_path(option, path)
            if not os.path.exists(path):
                if self._task.check_mode:  # an earlier task would have made it
                    continue
                raise AnsibleActionFail(f"{option}: {path} does not exist on the controller. Make it, or name another.")
            site[kind] = self._content(option, path)
        if isinstance(site.get("client_identity"), dict):
            site["client_identity"] = self._identity(dict(site["client_identity"]), f"{prefix}client_identity.")
        return site

    def _identity(self, identity: dict[str, t.Any], prefix: str) -> dict[str, t.Any]:
        for source, target in IDENTITY_FILES.items():
            path, option = str(identity.get(source) or ""), f"{prefix}{source}"
            if not path or identity.get(target) is not None:
                continue
            self._check_path(option, path)
            if os.path.exists(path):
                identity[target] = self._content(option, path)
            elif not self._task.check_mode:
                raise AnsibleActionFail(f"{option}: {path} does not exist on the controller. Make it, or name another.")
        return identity

    @staticmethod
    def _check_path(option: str, path: str) -> None:
        if not path.startswith("/"):
            raise AnsibleActionFail(
                f"{option}: {path!r} is not an absolute path. Write it from the controller's root directory on,"
                ' as in "{{ playbook_dir }}/files/server.crt".'
            )

    def _content(self, option: str, path: str) -> str:
        real = self._loader.get_real_file(path)  # of a vault a decrypted copy
        try:
            with open(real, encoding="utf-8") as file:
                return file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise AnsibleActionFail(
                f"{option}: {path} cannot be read: {error}. Give a text file that the user here may read."
            ) from error
        finally:
            self._loader.cleanup_tmp_file(real)
