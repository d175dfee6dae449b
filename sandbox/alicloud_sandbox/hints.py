# SPDX-License-Identifier: GPL-3.0-or-later
"""What to set in clients so that they call a sandbox."""

from __future__ import annotations

# Products of Terraform's provider that the sandbox has, as its block ``endpoints`` and its variables name them.
_TERRAFORM = ("alb", "cas", "alidns", "sts", "ecs", "vpc", "resourcemanager")


def text(endpoint: str, ca: str | None, region: str) -> str:
    """Returns the settings for SDKs and Terraform, without the secret of the access key."""
    protocol = "HTTPS" if ca else "HTTP"
    scheme = protocol.lower()
    endpoints = "\n".join(f'      {name} = "{endpoint}"' for name in _TERRAFORM)
    trust = f"Trust the CA: REQUESTS_CA_BUNDLE, SSL_CERT_FILE or NODE_EXTRA_CA_CERTS={ca}\n" if ca else ""
    return f"""Settings of clients:
{trust}Python, Java, Go, Node.js SDK: Config(endpoint="{endpoint}", protocol="{protocol}", region_id="{region}")
old Python SDK: request.set_endpoint(host), AcsClient(..., port=port), request.set_protocol_type("{scheme}")
@alicloud/pop-core: endpoint: "{scheme}://{endpoint}"
Terraform:
  provider "alicloud" {{
    region                 = "{region}"
    protocol               = "{protocol}"
    skip_region_validation = true
    endpoints {{
{endpoints}
    }}
  }}"""
