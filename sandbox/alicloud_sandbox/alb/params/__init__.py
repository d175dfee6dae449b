# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations of ALB: a file for each resource."""
