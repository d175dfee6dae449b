# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines: the networks of clients that records can be for."""

from __future__ import annotations

from ..assumptions import assume
from ..store import Doc

# Code, Chinese and English name. Codes: example of RecordLineTreeJson in DescribeDomainInfo (metadata of 2025-12).
_LINES = (
    ("default", "默认", "Default"),
    ("telecom", "中国电信", "China Telecom"),
    ("unicom", "中国联通", "China Unicom"),
    ("mobile", "中国移动", "China Mobile"),
    ("edu", "中国教育网", "CERNET"),
    ("oversea", "境外", "Outside mainland China"),
    ("baidu", "百度", "Baidu"),
)

assume(
    "dns-lines",
    "DescribeSupportLines knows seven lines, without regions below them. A record may have any other line all the "
    "same, and the resolver answers with the records of all lines.",
    "Scope of the sandbox: every client of the resolver is on this machine.",
    verdict="choice",
)


def in_language(language: str) -> list[Doc]:
    """Returns the lines with their names, in English for ``en`` and else in Chinese, the default of the API."""
    column = 2 if language == "en" else 1
    return [
        {"LineCode": line[0], "LineName": line[column], "LineDisplayName": line[column], "FatherCode": ""}
        for line in _LINES
    ]
