# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the certificates and keys of sites on the controller, and hand them to the module."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase


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
            if not path.startswith("/"):
                raise AnsibleActionFail(
                    f"{option}: {path!r} is not an absolute path. Write it from the controller's root directory on,"
                    ' as in "{{ playbook_dir }}/files/server.crt".'
                )
            if not os.path.exists(path):
                if self._task.check_mode:  # an earlier task would have made it
                    continue
                raise AnsibleActionFail(f"{option}: {path} does not exist on the controller. Make it, or name another.")
            site[kind] = self._content(option, path)
        return site

    def _content(self, option: str, path: str) -> str:
        real = self._loader.get_real_file(path)  # of a vault a decrypted copy
        try:
            with open(real, encoding="utf-8") as file:
                return file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise AnsibleActionFail(
                f"{option}: {path} cannot be read: {error}. Give a PEM file that the user here may read."
            ) from error
        finally:
            self._loader.cleanup_tmp_file(real)
