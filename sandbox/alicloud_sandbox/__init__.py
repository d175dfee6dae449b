# SPDX-License-Identifier: GPL-3.0-or-later
"""A local Alibaba Cloud: the control plane, the TLS data plane and the DNS of the services behind an ALB."""

__version__ = "0.1.0"
