# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as those see it who read it: on a phone, on a screen, by day, at night, on paper."""

from __future__ import annotations

import re
from pathlib import Path

from tests.witnesses.browser import Browser


def look_at(page: Browser, report: Path, directory: Path) -> dict[str, str]:
    """The text of the page by language (``en``, ``zh``). Leaves a picture of each form in ``directory``."""
    page.errors.clear()
    page.open(report.as_uri())
    shown = {}
    for width in (360, 1440):
        page.resize(width)
        for language in ("en", "zh"):
            page.evaluate(f"document.getElementById('{language}').click()")
            for scheme in ("light", "dark"):
                page.emulate(scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                readable(page, "body", "section td", dark=scheme == "dark")
                page.screenshot(directory / f"{report.stem}-{width}-{language}-{scheme}.png")
            shown[language] = str(page.evaluate("document.body.innerText"))
    _on_paper(page)
    assert page.errors == []
    return shown


def readable(page: Browser, ground: str, text: str, *, dark: bool) -> None:
    """Dark on light or light on dark, with the contrast that WCAG 2.2 asks for (1.4.3)."""
    back, front = _luminance(page.style(ground, "background-color")), _luminance(page.style(text, "color"))
    assert (back < 0.1) is dark
    brighter, darker = max(back, front), min(back, front)
    assert (brighter + 0.05) / (darker + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """Relative luminance of ``rgb(r, g, b)``."""
    parts = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _on_paper(page: Browser) -> None:
    """Also of a reader who likes it dark."""
    page.emulate("dark", "print")
    readable(page, "body", "section td", dark=False)
    assert page.style(".languages", "display") == "none"
    page.emulate("light")
    assert page.pdf().startswith(b"%PDF")
