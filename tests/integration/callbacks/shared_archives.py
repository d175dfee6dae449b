# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the runs of a test session share the archives that Ansible makes of modules.

Each run of ansible-playbook searches a module's imports through and through and packs them into an archive, which
takes more computing than the module, and keeps it for later tasks of that run only.
"""

from __future__ import annotations

import os

from ansible import constants
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: shared_archives
type: aggregate
short_description: Share the archives of modules with other runs
description: Keeps the archives of modules in the directory TESTS_SHARED_ARCHIVES.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """Puts a link to the shared directory where Ansible keeps the archives."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "shared_archives"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        os.symlink(os.environ["TESTS_SHARED_ARCHIVES"], os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
