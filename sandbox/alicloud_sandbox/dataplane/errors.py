# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong in the data plane."""


class DataPlaneError(Exception):
    """The topology cannot be served. The message says why (Nginx's own words where it has some); what was served
    before is still served."""
