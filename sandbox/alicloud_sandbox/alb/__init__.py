# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Load Balancer, 2020-06-16."""
