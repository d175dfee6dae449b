# SPDX-License-Identifier: GPL-3.0-or-later
"""A root, an intermediate CA and a client, and what certificate_info says of the client."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.unit.pki.make import make_ca, make_client, run
from tests.witnesses.crls import Chain, client


def make_chain(directory: Path) -> Chain:
    """Make the three, each in a directory of its own, so that no CRL is found by accident."""
    make_ca(directory / "root", subject={"common_name": "root"})
    make_ca(directory / "sub", subject={"common_name": "sub"}, issuer={"path": str(directory / "root")})
    make_client(directory / "sub")
    (directory / "crls").mkdir()
    return {name: directory / name for name in ("root", "sub", "crls")}


def ask(chain: Chain, *crls: Path, given: bool = True, also: Iterable[Path] = ()) -> dict[str, Any]:
    """Return what certificate_info says of the client.

    ``crls``: for crl_paths, or else among the paths, as ``also`` is.
    """
    files = [client(chain), chain["sub"] / "root.crt", *also]
    options: dict[str, Any] = {"trusted_paths": [str(chain["root"] / "root.crt")]}
    if given:
        options["crl_paths"] = list(map(str, crls))
    result = run("info", paths=list(map(str, [*files, *([] if given else crls)])), **options)
    found: dict[str, Any] = result["certificates"][0]
    return found
