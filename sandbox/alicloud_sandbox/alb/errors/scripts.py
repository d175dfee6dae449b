# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on programmable scripts (AScript)."""

from __future__ import annotations

from .messages import Documented

DOCUMENTED: Documented = {
    "CreateAScripts": {400: ("IncorrectStatus.Listener",)},
    "UpdateAScripts": {400: ("IncorrectStatus.Listener",), 404: ("ResourceNotFound.Ascript",)},
    "DeleteAScripts": {
        400: ("IncorrectStatus.Listener", "OperationDenied.CrossListenerAScripts", "ResourceNotFound.AScript"),
    },
}
