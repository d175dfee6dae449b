# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that end a module. This module is PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .error_codes import _HINTS, _KIND_HINTS, Kind, _lookup, classify


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
    """Several resources have the name by which one is meant."""


class PredictedError(RefusedError):
    """A request that the service would refuse with ``code``; it was not sent. The advice is that for the code."""

    def __init__(self, message: str, code: str, hint: str = "") -> None:
        super().__init__(message, " ".join(filter(None, [_lookup(_HINTS, code), hint])), code)


class CloudError(ModuleError):
    """An error of an API call.

    ``unclear`` means that the request may have taken effect all the same: no answer came, or one without a verdict.
    ``retry_after`` (seconds) is what the service asked for in ``x-acs-retry-after``. ``ram`` is the RAM action of the
    call, such as ``alb:CreateListener``.
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
        hint = hint or _lookup(_HINTS, code) or _KIND_HINTS.get(self.kind, "")
        super().__init__(message, hint.format(ram=ram), code)
        self.http_status = http_status
        self.request_id = request_id
        self.recommend = recommend
        self.retry_after = retry_after
        self.unclear = unclear
        self.purpose = ""  # what the engine was about to do

    def report(self) -> dict[str, t.Any]:
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
