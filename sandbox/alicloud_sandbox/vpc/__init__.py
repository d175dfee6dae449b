# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC: reads the networks that were registered with the sandbox."""
