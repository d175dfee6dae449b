# SPDX-License-Identifier: GPL-3.0-or-later
"""The status page of the sandbox as a browser shows it: on a phone and on a screen, by day and at night."""

from __future__ import annotations

from pathlib import Path

from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import ACCOUNT, Sdk
from sandbox.tests.test_status import HOSTILE, furnish
from tests.witnesses.browser import browser
from tests.witnesses.report import readable

TITLES = {"en": "Server groups", "zh": "服务器组"}
GROUNDS = {"section": "td", "body": "td .soft", ".pill.good": ".pill.good", ".pill.bad": ".pill.bad"}


def test_the_status_page(tmp_path: Path) -> None:
    with Sandbox(delay=0) as box, browser(tmp_path) as page:
        box.seed(**ACCOUNT, pca_instances=[{"instance_id": "purchase", "algorithm": "ECC"}])
        furnish(Sdk(box))
        for width in (360, 1440):
            page.resize(width)
            for language, title in TITLES.items():
                for scheme in ("light", "dark"):
                    page.emulate(scheme)
                    text = page.open(f"http://{box.endpoint}/_sandbox/?lang={language}")
                    page.screenshot(tmp_path / f"{width}-{language}-{scheme}.png")
                    assert title in text
                    assert HOSTILE in text, "a name is shown as it is"
                    assert page.evaluate("document.documentElement.scrollWidth") <= width
                    for ground, part in GROUNDS.items():
                        readable(page, ground, part, dark=scheme == "dark")
        assert page.errors == []
