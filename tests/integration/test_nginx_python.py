# SPDX-License-Identifier: GPL-3.0-or-later
"""The script by which the role nginx_https finds or installs a Python that Ansible can use."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "roles/nginx_https/files/python.sh"
OLD, NEW = "#!/bin/sh\nexit 1\n", f'#!/bin/sh\nexec {sys.executable} "$@"\n'
DNF = '#!/bin/sh\necho "$*" >>{0}/called; [ "$3" = {1} ] && cp {0}/new {0}/python3.11\n'


def program(directory: Path, name: str, text: str) -> str:
    (directory / name).write_text(text)
    (directory / name).chmod(0o755)
    return str(directory / name)


def run(directory: Path, configured: str = "", install: str = "no") -> subprocess.CompletedProcess[str]:
    """Run the script as the role does, with the programs in ``directory`` and ``cp`` only."""
    if not (directory / "cp").exists():
        (directory / "cp").symlink_to("/bin/cp")
    text = f"configured={shlex.quote(configured)} install={install}\n{SCRIPT.read_text()}"
    return subprocess.run(
        ["/bin/sh", "-c", text], env={"PATH": str(directory)}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("programs", "configured", "said"),
    [
        ({"python3.11": NEW}, "", "as configured"),
        ({"python3.9": NEW, "python3": OLD}, "", "as configured"),
        ({"python3": NEW}, "python3", "as configured"),
        ({"python3": OLD, "python3.12": NEW}, "python3", "{}/python3.12"),
        ({"python3": OLD, "python3.14": NEW}, "", "{}/python3.14"),
        ({"python3": OLD}, "python3", "none"),
        ({}, "", "none"),
    ],
)
def test_a_python_is_found(tmp_path: Path, programs: dict[str, str], configured: str, said: str) -> None:
    for name, text in programs.items():
        program(tmp_path, name, text)
    done = run(tmp_path, configured)
    assert (done.returncode, done.stdout) == (0, f"python={said.format(tmp_path)}\n")


def test_a_python_is_installed_where_there_is_none(tmp_path: Path) -> None:
    """The first package that exists is taken: the older system has no python3.12."""
    program(tmp_path, "python3", OLD)
    program(tmp_path, "new", NEW)
    program(tmp_path, "dnf", DNF.format(tmp_path, "python3.11"))
    done = run(tmp_path, "python3", "yes")
    assert (done.returncode, done.stdout) == (0, f"python={tmp_path}/python3.11\n")
    assert (tmp_path / "called").read_text().splitlines() == ["-y install python3.12", "-y install python3.11"]


def test_no_package_has_a_python(tmp_path: Path) -> None:
    program(tmp_path, "dnf", DNF.format(tmp_path, "none"))
    done = run(tmp_path, "", "yes")
    assert done.returncode == 1
    assert "name it in ansible_python_interpreter" in done.stderr
