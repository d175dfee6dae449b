# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe says, and the same in the report's 中文."""

from __future__ import annotations

import string
from pathlib import Path

import yaml
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import messages, test_certificates, verdict

ROLE = Path(__file__).resolve().parents[3] / "roles/mtls_verify"
ZH = yaml.safe_load((ROLE / "vars/main/texts.yml").read_text())


def fields(text: str) -> set[str]:
    return {name for _text, name, _form, _conversion in string.Formatter().parse(text) if name}


def test_every_text_has_its_translation_with_the_same_details() -> None:
    translated = ZH["mtls_verify_texts"]
    assert translated.keys() == messages.TEXTS.keys()
    for code, text in messages.TEXTS.items():
        assert fields(translated[code]) == fields(text), code


def test_every_word_of_the_table_has_its_translation() -> None:
    words = ZH["mtls_verify_words"]
    verdicts = {value for name, value in vars(verdict).items() if name.isupper() and isinstance(value, str)}
    assert words.keys() >= verdicts | verdict.REFUSAL_ALERTS | verdict.MEETS.keys()
    role = yaml.safe_load((ROLE / "vars/main/main.yml").read_text())
    lists = [value for value in role.values() if isinstance(value, list)]
    assert words.keys() >= {each["name"] for rows in lists for each in rows}
    # The role tries whatever the module can make.
    assert {each["made"] for rows in lists for each in rows if "made" in each} == set(test_certificates.KINDS)


def test_parts_are_joined() -> None:
    message = messages.say("http_refused", status=400) + messages.say("server_text", text="{no} field")
    assert str(message) == "refused with HTTP 400; {no} field"
    assert message.returned() == [
        {"code": "http_refused", "details": {"status": 400}},
        {"code": "server_text", "details": {"text": "{no} field"}},
    ]


def test_nothing_but_text_comes_through() -> None:
    assert messages.harmless({"a\x1b": ["\x07b", 1, None, {"c": "中文\u202e"}]}) == {
        "a\ufffd": ["\ufffdb", 1, None, {"c": "中文\ufffd"}]
    }
