# SPDX-License-Identifier: GPL-3.0-or-later
"""How the role installs Nginx on every system of its README: by the package manager that ansible-core's own code finds.

The systems as `/etc/os-release` and Ansible name them. ID and ID_LIKE are those of installed systems, as public bug
reports quote them (2026-11); openEuler has no ID_LIKE, and Ansible does not know the family of Anolis OS.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from ansible.module_utils.facts.system.distribution import Distribution
from ansible.module_utils.facts.system.pkg_mgr import PkgMgrFactCollector

ROLE = Path(__file__).parents[2] / "roles/nginx_https"
DNF, APT = ("/usr/bin/dnf", "/usr/bin/dnf-3", "/usr/bin/yum"), ("/usr/bin/apt-get",)


class System(NamedTuple):
    """A system: its name in the README, ID and ID_LIKE of os-release, Ansible's name, and its package managers."""

    name: str
    id: str
    like: str
    distribution: str
    programs: tuple[str, ...]


SYSTEMS = [
    System("Alibaba Cloud Linux 3", "alinux", "rhel fedora centos anolis", "Alibaba", DNF),
    System("RHEL 8", "rhel", "fedora", "RedHat", DNF),
    System("RHEL 9", "rhel", "fedora", "RedHat", DNF),
    System("RHEL 10", "rhel", "centos fedora", "RedHat", DNF),
    System("Rocky Linux", "rocky", "rhel centos fedora", "Rocky", DNF),
    System("AlmaLinux", "almalinux", "rhel centos fedora", "AlmaLinux", DNF),
    System("Anolis OS 8", "anolis", "rhel fedora centos", "Anolis", DNF),
    System("openEuler", "openEuler", "", "openEuler", DNF),
    System("Debian", "debian", "", "Debian", APT),
    System("Debian", "debian", "", "Debian", (*APT, *DNF)),
    System("Ubuntu", "ubuntu", "debian", "Ubuntu", APT),
]


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_package_manager_of_a_system(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "exists", lambda path: path in system.programs)
    family = Distribution.OS_FAMILY.get(system.distribution, system.distribution)
    found = PkgMgrFactCollector().collect(collected_facts={"ansible_os_family": family})["pkg_mgr"]
    assert found == ("apt" if system.id in ("debian", "ubuntu") else "dnf")


def test_every_system_is_in_the_table_of_the_readme() -> None:
    table = (ROLE / "README.md").read_text().partition("## Platforms")[2]
    assert [system.name for system in SYSTEMS if system.name not in table] == []


def test_dnf_is_called_as_a_command() -> None:
    """Its module needs bindings that only the system's Python has, and that one is too old on the EL 8 generation."""
    tasks = yaml.safe_load((ROLE / "tasks/install.yml").read_text())
    assert not any("ansible.builtin.dnf" in task or "ansible.builtin.yum" in task for task in tasks)
    (command,) = [task for task in tasks if "ansible.builtin.command" in task]
    assert command["ansible.builtin.command"]["argv"][0] == "dnf"
