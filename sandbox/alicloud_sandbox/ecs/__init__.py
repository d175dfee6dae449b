# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic Compute Service, as far as servers of load balancers are concerned: Ecs 2014-05-26."""
