# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the kinds of resources in the store; those of ALB are the ResourceType of its API, in lower case."""

from __future__ import annotations

# ALB
ACL = "acl"
ASCRIPT = "ascript"
HEALTH_CHECK_TEMPLATE = "healthchecktemplate"
LISTENER = "listener"
LOAD_BALANCER = "loadbalancer"
RULE = "rule"
SECURITY_POLICY = "securitypolicy"
SERVER_GROUP = "servergroup"

# Certificates
CA_CERTIFICATE = "cacertificate"
CERTIFICATE = "certificate"
DELETED_CERTIFICATE = "deletedcertificate"  # a listener still has it
WAREHOUSE = "warehouse"

# Private CAs; a CA of them is a CA certificate
PCA_CERTIFICATE = "pcacertificate"
PCA_INSTANCE = "pcainstance"

# DNS
DOMAIN = "domain"
DOMAIN_GROUP = "domaingroup"
RECORD = "record"
WEIGHTED_NAME = "weightedname"  # name, type and line with weights

# Registered with the sandbox: addresses, networks, instances, containers and network interfaces
ADDRESS = "address"
ECI = "eci"
ECS = "ecs"
ENI = "eni"
VPC = "vpc"
VSWITCH = "vswitch"

# Access
TEMPORARY_KEY = "temporarykey"
