# SPDX-License-Identifier: GPL-3.0-or-later
"""The error of the data plane."""


class DataPlaneError(Exception):
    """A topology that cannot be served. The message says why, with Nginx's own message if there is one.

    The topology that was served before is still served.
    """
