# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a run with more clients than one process makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.alicloud.mtls.plugins.filter.clients import client_list, issue_summary

from tests.unit.pki.make import make_client


def test_summary_of_a_real_run(ca: Path) -> None:
    names = [f"c{number:02}" for number in range(30)]

    def issue(**options: Any) -> list[str]:
        clients = client_list(
            "name,organization_name\n" + "".join(f"{name},{options.get(name, '')}\n" for name in names)
        )
        result = make_client(ca, clients=clients, pkcs12_passphrase=None, tolerant=True)
        return issue_summary({"clients": result["certificates"], "failures": result["failures"]})

    lines = issue()
    assert lines[0] == "30 new, 0 renewed, 0 unchanged, 0 failed"
    assert lines[1:] == [*(f"new: {name}" for name in names[:20]), "new: and 10 more"]
    assert issue() == ["0 new, 0 renewed, 30 unchanged, 0 failed"]
    names += ["root", "last"]
    lines = issue(c05="Acme", c06="Acme")
    assert lines[:3] == ["1 new, 2 renewed, 28 unchanged, 1 failed", "subject_differs: 2", "csr_differs: 2"]
    why = "(subject_differs, csr_differs)"
    assert lines[3:6] == ["new: last", f"renewed: c05 {why}", f"renewed: c06 {why}"]
    assert lines[6].startswith("failed: root: The common name 'root'")
