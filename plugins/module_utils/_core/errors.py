# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that end a module. Private to this collection.

::

    ModuleError              message, hint and code for the user
    ├── RefusedError         the request cannot work; nothing was written
    │   ├── SeveralError     several resources have the name
    │   └── PredictedError   the service would refuse it, with a known code
    └── CloudError           a call of the API has failed

The certificate engine and the probe derive their errors from ModuleError too.
"""

from __future__ import annotations

import typing as t

from .error_codes import Kind, classify, hint_for


class ModuleError(Exception):
    """Ends a module. All errors that the collection raises for its user derive from this one.

    Args:
        message: what is wrong, with the value.
        hint: what to do about it, empty if ``message`` says it.
        code: a stable word for programs, such as ``ca_missing``; empty if there is none.
    """

    def __init__(self, message: str, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code

    def report(self) -> dict[str, t.Any]:
        """Return the arguments for ``fail_json``: msg and hint, and code if there is one."""
        msg = " ".join(filter(None, [self.message, self.hint]))
        return {"msg": msg, "hint": self.hint, **({"code": self.code} if self.code else {})}


class RefusedError(ModuleError):
    """A request that cannot work; nothing was written."""


class SeveralError(RefusedError):
    """Several resources have the name by which the user means one."""


class PredictedError(RefusedError):
    """A request that the service would refuse with ``code``; it was not sent.

    The hint is the one for the code, followed by ``hint``.
    """

    def __init__(self, message: str, code: str, hint: str = "") -> None:
        super().__init__(message, " ".join(filter(None, [hint_for(code), hint])), code)


class CloudError(ModuleError):
    """A failed call of the API.

    Args:
        message: what the service says.
        code: its error code; empty if no answer came.
        http_status: the status of the response, None if there is none.
        kind: the meaning for the run; follows from ``code`` and ``http_status`` if not given.
        request_id: the id of the request at the service.
        recommend: the address at which the service explains the error.
        retry_after: the seconds to wait that the service asked for (``x-acs-retry-after``).
        unclear: the request may have taken effect all the same: no answer came, or one without a result.
        ram: the RAM action of the call, such as ``alb:CreateListener``.
        hint: what to do about it; follows from ``code`` and ``kind`` if not given.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        http_status: int | None = None,
        kind: Kind | None = None,
        request_id: str = "",
        recommend: str = "",
        retry_after: float = 0.0,
        unclear: bool = False,
        ram: str = "",
        hint: str = "",
    ) -> None:
        self.kind = kind or classify(code, http_status, ram.partition(":")[2])
        super().__init__(message, hint or hint_for(code, self.kind, ram), code)
        self.http_status = http_status
        self.request_id = request_id
        self.recommend = recommend
        self.retry_after = retry_after
        self.unclear = unclear
        self.purpose = ""  # what the engine was doing, such as "Cannot create listener"

    def report(self) -> dict[str, t.Any]:
        """Return the arguments for ``fail_json``; the message begins with the purpose and ends with code and hint."""
        purpose = f"{self.purpose}: " if self.purpose else ""
        code = f" ({self.code})" if self.code else ""
        return {
            "msg": " ".join(filter(None, [f"{purpose}{self.message}{code}", self.hint])),
            "hint": self.hint,
            "code": self.code,
            "http_status": self.http_status,
            "request_id": self.request_id,
            "recommend": self.recommend,
        }
