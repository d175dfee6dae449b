# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate Management Service (CAS), 2020-04-07: uploaded certificates and certificate application repositories."""
