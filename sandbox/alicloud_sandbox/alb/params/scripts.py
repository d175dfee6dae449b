# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on programmable scripts (AScript)."""

from __future__ import annotations

from ...schema import choice, flag, line, many, must, text
from .common import IDENTIFIER, LISTENER_ID, NAME, PAGE, WRITE, Schema, ids

_options: Schema = {
    "Enabled": flag(),
    "ExtAttributeEnabled": flag(),
    # The only key, and the signs of its value (SDK 1.3.3, CreateAScripts).
    "ExtAttributes": many({"AttributeKey": choice("EsDebug"), "AttributeValue": line(1, 128, pattern=r"[A-Za-z0-9]+")}),
}
_new: Schema = {
    "AScriptName": must(NAME),
    "ScriptContent": must(text(1)),
    "Position": choice("RequestHead", "RequestFoot", "ResponseHead", default="RequestHead"),
    **_options,
}
_changed: Schema = {"AScriptId": IDENTIFIER, "AScriptName": NAME, "ScriptContent": text(1), **_options}

CREATE_SCRIPTS: Schema = {**LISTENER_ID, "AScripts": must(many(_new, 1)), **WRITE}
UPDATE_SCRIPTS: Schema = {"AScripts": must(many(_changed, 1)), **WRITE}
DELETE_SCRIPTS: Schema = {"AScriptIds": must(ids(10)), **WRITE}
LIST_SCRIPTS: Schema = {"AScriptIds": ids(20), "AScriptNames": ids(10), "ListenerIds": ids(20), **PAGE}
