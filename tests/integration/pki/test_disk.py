# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that is really full, at every place where that can be noticed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

# In a namespace of its own, in which it may mount: a small file system with less and less room left on it.
SCRIPT = """
import json, os, sqlite3, subprocess, sys
from pathlib import Path
from ansible_collections.alicloud.mtls.plugins.module_utils._pki.storage import files
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from tests.unit.pki.make import make_ca, make_client, revoke, snapshot

def mount(path, options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=True)

def issue(path):
    return make_client(path, clients=FLEET, pkcs12_passphrase=None)["changed"]

def room(path):
    left = os.statvfs(path)
    return left.f_bavail * left.f_frsize

def attempt(work):
    try:
        work()
    except CertificateError as error:
        return [error.code, str(error)]
    except OSError as error:
        told = files.file_error(error)
        return [told.code, str(told)]
    return None

FLEET = [{"name": f"client{n}", "common_name": f"client {n}"} for n in range(8)]

found = []
for pages in (0, 3, 6, 12, 20, 28, 60):
    path = Path(sys.argv[1]) / str(pages)
    path.mkdir()
    mount(path, "size=512k,mode=700")
    make_ca(path)
    before = snapshot(path)
    filler = path / "filler"
    with open(filler, "wb") as stream:
        stream.write(bytes(room(path) - pages * 4096))
    refused = [attempt(lambda: issue(path)), attempt(lambda: revoke(path))]
    filler.unlink()
    intact = sqlite3.connect(path / "root.index.db").execute("PRAGMA integrity_check").fetchone()[0]
    kept = all(snapshot(path).get(name) == state for name, state in before.items() if "index" not in name)
    issue(path)
    revoke(path)
    again = issue(path) or revoke(path)["changed"]
    left = [each.name for each in path.glob(".*") if "part" in each.name or "journal" in each.name]
    found.append({"refused": refused, "intact": intact, "kept": kept, "again": again, "left": left})
print(json.dumps(found))
"""


def _may_mount() -> bool:
    asked = ["unshare", "--map-root-user", "--mount", "true"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _may_mount(), reason="needs a namespace in which it may mount")
def test_a_full_disk_is_called_that_and_damages_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", sys.executable, "-c", SCRIPT, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    told = [each for world in found for each in world["refused"] if each]
    assert {code for code, _message in told} == {"disk_full"}
    assert any("root.index.db" in message for _code, message in told), "the index met it"
    assert any(re.search(r"client\d\.", message) for _code, message in told), "and so did a file"
    assert not any("None" in message or "move it away" in message for _code, message in told)
    facts = [{fact: world[fact] for fact in ("intact", "kept", "again", "left")} for world in found]
    assert facts == [{"intact": "ok", "kept": True, "again": False, "left": []}] * len(found)
    assert found[-1]["refused"] == [None, None], "with enough room there is nothing to say"
