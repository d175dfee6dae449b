# SPDX-License-Identifier: GPL-3.0-or-later
"""What to set in clients so that they call a sandbox.

Sources: terraform-provider-alicloud 81c43b6 of 2026-08-21 (``provider.go``; ``connectivity/endpoint.go`` for the
variables ``ALIBABA_CLOUD_ENDPOINT_...``), and aliyun-cli eadd68d of 2026-07-30 (``config/flags.go`` for ``--endpoint``;
``openapi/rpc.go`` for ``--insecure``, which takes HTTP and exists since 2024-04).
"""

from __future__ import annotations

# Products of Terraform's provider that the sandbox has, as its block ``endpoints`` and its variables name them.
TERRAFORM = ("alb", "cas", "alidns", "ecs", "vpc", "sts", "resourcemanager")


def text(endpoint: str, ca: str | None, region: str, access_key_id: str) -> str:
    """Returns the settings for SDKs, the command line and Terraform, without the secret of the access key."""
    protocol = "HTTPS" if ca else "HTTP"
    scheme = protocol.lower()
    trust = f"{_TRUST}={ca}\n" if ca else ""
    return f"""Settings of clients:
{trust}Status page: {scheme}://{endpoint}/_sandbox/
Access key: ALIBABA_CLOUD_ACCESS_KEY_ID={access_key_id} and ALIBABA_CLOUD_ACCESS_KEY_SECRET, the secret of the sandbox
Python:   Config(endpoint="{endpoint}", protocol="{protocol}", region_id="{region}", ...)
Node.js:  new Config({{ endpoint: "{endpoint}", protocol: "{protocol}", regionId: "{region}", ... }})
Go:       &openapi.Config{{Endpoint: tea.String("{endpoint}"), Protocol: tea.String("{protocol}"), ...}}
Java:     new Config().setEndpoint("{endpoint}").setProtocol("{protocol}").setRegionId("{region}")...
C#:       new Config {{ Endpoint = "{endpoint}", Protocol = "{protocol}", RegionId = "{region}", ... }}
PHP:      new Config(["endpoint" => "{endpoint}", "protocol" => "{protocol}", "regionId" => "{region}", ...])
old Python SDK: request.set_endpoint(host), AcsClient(..., port=port), request.set_protocol_type("{scheme}")
@alicloud/pop-core: endpoint: "{scheme}://{endpoint}"
aliyun CLI: aliyun configure set --profile sandbox --mode AK --access-key-id {access_key_id} --access-key-secret ... \
--region {region}
  then: aliyun alb ListLoadBalancers --profile sandbox --endpoint {endpoint}{"" if ca else " --insecure"}
Terraform (or ALIBABA_CLOUD_ENDPOINT_ALB={endpoint}, and so on, instead of the endpoints):
{terraform(endpoint, protocol, region)}"""


_TRUST = "Trust the CA: Config(ca=...) of the Python SDK, REQUESTS_CA_BUNDLE, SSL_CERT_FILE or NODE_EXTRA_CA_CERTS"


def terraform(endpoint: str, protocol: str, region: str) -> str:
    """Returns the block of Terraform's provider, formatted as ``terraform fmt`` does, without the access key."""
    width = max(map(len, TERRAFORM))
    endpoints = "\n".join(f'    {name:<{width}} = "{endpoint}"' for name in TERRAFORM)
    return f"""provider "alicloud" {{
  region                 = "{region}"
  protocol               = "{protocol}"
  skip_region_validation = true
  endpoints {{
{endpoints}
  }}
}}"""
