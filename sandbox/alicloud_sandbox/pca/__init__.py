# SPDX-License-Identifier: GPL-3.0-or-later
"""Private Certificate Authority (PCA, CAS 2020-06-30): CAs of an account, and the certificates that they sign."""
