# SPDX-License-Identifier: GPL-3.0-or-later
"""Alibaba Cloud DNS (alidns), 2015-01-09."""
