# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AnsibleModule of every module here: hides secrets, and refuses impossible paths and texts.

Private to this collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping, Sequence

from ansible.module_utils import basic

from . import paths, secrets, texts

# Options whose text may have several lines.
_SEVERAL_LINES = (
    *("certificate", "private_key", "csr", "content", "page", "extra"),
    *("certificates", "revoked_certificates", "revoked", "deny_list", "allow_list", "ca", "crl"),
)
# A passphrase may hold any character; the encrypted format has its own limits.
_ANY_CHARACTER = "passphrase"
_MOST_FAULTS = 5  # in one message
# The value of a header or of a cookie may be empty.
_MAY_BE_EMPTY = ("value",)


class AnsibleModule(basic.AnsibleModule):  # type: ignore[misc]  # Ansible has no types
    """Keeps secrets out of results and logs if arguments are wrong, and checks paths and texts before anything runs.

    Args:
        argument_spec: the options, as for Ansible's own class.
        tolerant: list options that are not checked here: the module checks each item, and a wrong one does not stop
            the others.
        constraints: as for Ansible's own class.
    """

    params: dict[str, t.Any]

    def __init__(self, argument_spec: Mapping[str, t.Any], tolerant: Sequence[str] = (), **constraints: t.Any) -> None:
        super().__init__(argument_spec=argument_spec, **constraints)
        checked = {name: option for name, option in self.argument_spec.items() if name not in tolerant}
        self._refuse(list(_faults(checked, self.params)), "invalid_option")

    def _set_internal_properties(self, *args: t.Any, **kwargs: t.Any) -> None:
        """Collect the secrets after the arguments are read and before they are validated."""
        super()._set_internal_properties(*args, **kwargs)
        found = secrets.inspect(self.argument_spec, self.params)
        self.no_log_values.update(found.secrets)
        self._refuse(found.faults, "invalid_option")

    def _refuse(self, faults: Sequence[str], code: str) -> None:
        if faults:
            more = [f"And {len(faults) - _MOST_FAULTS} more."] if len(faults) > _MOST_FAULTS else []
            self.fail_json(msg=" ".join([*faults[:_MOST_FAULTS], *more]), code=code)

    def _log_invocation(self) -> None:
        params, self.params = self.params, self._shown()
        try:
            super()._log_invocation()
        finally:
            self.params = params

    def _return_formatted(self, kwargs: dict[str, t.Any]) -> None:
        kwargs.setdefault("invocation", {"module_args": self._shown()})
        super()._return_formatted(kwargs)

    def _shown(self) -> dict[str, t.Any]:
        return secrets.inspect(self.argument_spec, self.params).shown


def _faults(spec: secrets.Spec, params: Mapping[str, t.Any], where: str = "") -> Iterator[str]:
    """Yield a sentence for each path and text in validated ``params`` that is not allowed."""
    for name, option in spec.items():
        value = params.get(name)
        items = value if isinstance(value, list) else [value]
        kind = option.get("elements") if option["type"] == "list" else option["type"]
        for index, item in enumerate(items):
            place = f"{where}{name}[{index}]" if isinstance(value, list) else f"{where}{name}"
            if isinstance(item, dict) and option.get("options"):
                yield from _faults(option["options"], item, f"{place}.")
            elif item is not None and kind == "path" and (sentence := paths.message(place, item)):
                yield sentence
            elif option.get("required") and name not in _MAY_BE_EMPTY and isinstance(item, str) and not item.strip():
                yield f"{place} is empty. Give it a value."
            elif kind == "str" and isinstance(item, str) and name not in _SEVERAL_LINES and _ANY_CHARACTER not in name:
                shown = place if option.get("no_log") else f"{place} {item!r}"
                yield from texts.faults(shown, item)
