# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation, once, in the order of a life: what is made is found, changed and removed."""

from __future__ import annotations

from pathlib import Path

from alicloud_sandbox.cloud import PRODUCTS

from sandbox.tests import pca
from sandbox.tests.support import ACCOUNT, BALANCER, GROUP, Pair, Sdk, forward, make_pair, wait_until

SERVER = {"ServerId": "i-1", "ServerType": "Ecs", "Port": 443}


def test_every_operation_answers_as_the_sdk_expects(sdk: Sdk, server_pair: Pair, ca_pair: Pair, tmp_path: Path) -> None:
    _regions(sdk)
    balancer = _load_balancer(sdk)
    _addresses(sdk)
    group = _server_group(sdk)
    policy = _security_policy(sdk)
    certificates = _certificates(sdk, server_pair, ca_pair)
    _template(sdk, group)
    _listener(sdk, balancer, group, policy, *certificates)
    _rule(sdk, balancer, group)
    _acl(sdk)
    _tags(sdk, balancer)
    _removal(sdk, balancer, group, policy, certificates)
    _dns(sdk)
    _private_ca(sdk, ca_pair)
    pca.every_operation(sdk, tmp_path)
    _instances(sdk)
    names = {"Alb": "alb", "2020-04-07": "cas", "2020-06-30": "pca", "Alidns": "dns", "Ecs": "ecs"}
    every = {
        (names.get(product.name) or names[product.version], operation)
        for product in PRODUCTS
        for operation in product.operations
        # Without an SDK of their own here: test_tls_endpoint.py and test_terraform.py
        if product.name not in ("Sts", "Vpc", "ResourceManager") and product.version != "2018-08-13"
    }
    assert sdk.called == every


def _regions(sdk: Sdk) -> None:
    assert sdk("alb", "DescribeRegions")["Regions"][0]["RegionId"] == "cn-hangzhou"
    assert [item["ZoneId"] for item in sdk("alb", "DescribeZones")["Zones"]] == ["cn-hangzhou-h", "cn-hangzhou-i"]


def _addresses(sdk: Sdk) -> None:
    balancer = {"LoadBalancerId": sdk.balancer(AddressIpVersion="DualStack")}
    package = {"RegionId": "cn-hangzhou", "BandwidthPackageId": "cbwp-1"}
    sdk.write("EnableLoadBalancerIpv6Internet", **balancer)
    sdk.write("DisableLoadBalancerIpv6Internet", **balancer)
    sdk.write("AttachCommonBandwidthPackageToLoadBalancer", **balancer, **package)
    sdk.write("DetachCommonBandwidthPackageFromLoadBalancer", **balancer, **package)
    sdk.write("LoadBalancerJoinSecurityGroup", **balancer, SecurityGroupIds=["sg-1"])
    sdk.write("LoadBalancerLeaveSecurityGroup", **balancer, SecurityGroupIds=["sg-1"])
    sdk.write("DeleteLoadBalancer", **balancer)


def _load_balancer(sdk: Sdk) -> str:
    balancer = sdk.balancer(DeletionProtectionEnabled=True)
    found = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)
    assert found["DNSName"] == f"{balancer}.cn-hangzhou.alb.aliyuncs.com"
    assert found["DeletionProtectionConfig"]["Enabled"] is True
    sdk.write("UpdateLoadBalancerAttribute", LoadBalancerId=balancer, LoadBalancerName="renamed")
    sdk("alb", "UpdateLoadBalancerEdition", LoadBalancerId=balancer, LoadBalancerEdition="StandardWithWaf")
    wait_until(lambda: sdk.status(balancer) == "Active", "edition")
    sdk.write("UpdateLoadBalancerZones", LoadBalancerId=balancer, ZoneMappings=BALANCER["ZoneMappings"][::-1])
    found = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)
    assert (found["LoadBalancerName"], found["LoadBalancerEdition"]) == ("renamed", "StandardWithWaf")
    assert [zone["ZoneId"] for zone in found["ZoneMappings"]] == ["cn-hangzhou-i", "cn-hangzhou-h"]
    assert sdk.refused("alb", "DeleteLoadBalancer", LoadBalancerId=balancer) == (
        400,
        "OperationDenied.DeletionProtectionEnabled",
    )
    sdk("alb", "DisableDeletionProtection", ResourceId=balancer)
    sdk("alb", "EnableDeletionProtection", ResourceId=balancer)
    sdk("alb", "DisableDeletionProtection", ResourceId=balancer)
    sdk.write("UpdateLoadBalancerAddressTypeConfig", LoadBalancerId=balancer, AddressType="Intranet")
    sdk("alb", "MoveResourceGroup", ResourceType="loadbalancer", ResourceId=balancer, NewResourceGroupId="rg-shop")
    _access_log(sdk, balancer)
    _zone_shift(sdk, balancer)
    found = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)
    assert (found["AddressType"], found["ResourceGroupId"]) == ("Intranet", "rg-shop")
    assert found["AccessLogConfig"] == {"LogProject": "logs", "LogStore": "shop"}
    return balancer


def _zone_shift(sdk: Sdk, balancer: str) -> None:
    zones = {"LoadBalancerId": balancer, "ZoneMappings": BALANCER["ZoneMappings"][:1]}
    for operation, expected in (("StartShiftLoadBalancerZones", "Shifted"), ("CancelShiftLoadBalancerZones", "Active")):
        sdk("alb", operation, **zones)
        wait_until(lambda: sdk.status(balancer) == "Active", "zones")
        found = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"]
        assert expected in {zone["Status"] for zone in found}


def _template(sdk: Sdk, group: str) -> None:
    made = sdk("alb", "CreateHealthCheckTemplate", HealthCheckTemplateName="shop")
    template = {"HealthCheckTemplateId": made["HealthCheckTemplateId"]}
    sdk("alb", "UpdateHealthCheckTemplateAttribute", **template, HealthCheckProtocol="TCP")
    assert sdk("alb", "GetHealthCheckTemplateAttribute", **template)["HealthCheckProtocol"] == "TCP"
    sdk.write("ApplyHealthCheckTemplateToServerGroup", **template, ServerGroupId=group)
    sdk("alb", "DeleteHealthCheckTemplates", HealthCheckTemplateIds=[*template.values()])
    assert sdk("alb", "ListHealthCheckTemplates")["HealthCheckTemplates"] == []


def _scripts(sdk: Sdk, listener: str) -> None:
    script = {"AScriptName": "test", "ScriptContent": "now()"}
    made = sdk.write("CreateAScripts", ListenerId=listener, AScripts=[script])["AScriptIds"][0]["AScriptId"]
    sdk.write("UpdateAScripts", AScripts=[{"AScriptId": made, "Enabled": True}])
    # The models have no fields for the position and the attributes of a script.
    assert sdk.plain("alb", "ListAScripts", ListenerIds=[listener])["AScripts"][0]["Enabled"] is True
    sdk.write("DeleteAScripts", AScriptIds=[made])


def _instances(sdk: Sdk) -> None:
    region = {"RegionId": "cn-hangzhou"}
    assert sdk("ecs", "DescribeInstances", **region)["TotalCount"] == len(ACCOUNT["ecs"])
    sdk("ecs", "DescribeRegions")
    sdk("ecs", "DescribeZones", **region)
    sdk("ecs", "DescribeAvailableResource", **region, DestinationResource="Zone")
    sdk("ecs", "DescribeInstanceTypes")
    sdk("ecs", "DescribeImages", **region)
    sdk("ecs", "DescribeImageSupportInstanceTypes", **region, ImageId="none")
    sdk("ecs", "DescribeDisks", **region)
    sdk("ecs", "DescribeTags", **region)
    sdk("ecs", "DescribeSecurityGroups", **region)
    sdk("ecs", "DescribeSecurityGroupAttribute", **region, SecurityGroupId="sg-1")


def _access_log(sdk: Sdk, balancer: str) -> None:
    place = {"LogProject": "logs", "LogStore": "shop"}
    sdk("alb", "EnableLoadBalancerAccessLog", LoadBalancerId=balancer, **place)
    wait_until(lambda: sdk.status(balancer) == "Active", "access log")
    enabled = (400, "OperationDenied.AccessLogEnabled")
    assert sdk.refused("alb", "EnableLoadBalancerAccessLog", LoadBalancerId=balancer, **place) == enabled
    sdk("alb", "DisableLoadBalancerAccessLog", LoadBalancerId=balancer)
    wait_until(lambda: sdk.status(balancer) == "Active", "access log")
    sdk("alb", "EnableLoadBalancerAccessLog", LoadBalancerId=balancer, **place)
    wait_until(lambda: sdk.status(balancer) == "Active", "access log")


def _server_group(sdk: Sdk) -> str:
    group = sdk.group(Protocol="HTTPS")
    sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Wlc")
    sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=[SERVER, {**SERVER, "Port": 8443}])
    sdk.write("UpdateServerGroupServersAttribute", ServerGroupId=group, Servers=[{**SERVER, "Weight": 7}])
    sdk.write("RemoveServersFromServerGroup", ServerGroupId=group, Servers=[{**SERVER, "Port": 8443}])
    sdk.write(
        "ReplaceServersInServerGroup",
        ServerGroupId=group,
        AddedServers=[{"ServerId": "i-2", "ServerType": "Ecs", "Port": 443, "Weight": 3}],
        RemovedServers=[SERVER],
    )
    servers = sdk("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"]
    assert [(item["ServerId"], item["ServerIp"], item["Weight"], item["Status"]) for item in servers] == [
        ("i-2", "127.0.0.2", 3, "Available")
    ]
    found = sdk("alb", "ListServerGroups", ServerGroupIds=[group])["ServerGroups"][0]
    assert (found["Scheduler"], found["ServerCount"], found["Protocol"]) == ("Wlc", 1, "HTTPS")
    return group


def _security_policy(sdk: Sdk) -> str:
    system = sdk("alb", "ListSystemSecurityPolicies")["SecurityPolicies"]
    assert system[0]["SecurityPolicyId"] == "tls_cipher_policy_1_0"
    policy = sdk(
        "alb",
        "CreateSecurityPolicy",
        SecurityPolicyName="modern",
        TLSVersions=["TLSv1.2"],
        Ciphers=["ECDHE-RSA-AES128-GCM-SHA256"],
    )["SecurityPolicyId"]

    def found() -> dict[str, object]:
        return dict(sdk("alb", "ListSecurityPolicies", SecurityPolicyNames=["modern"])["SecurityPolicies"][0])

    wait_until(lambda: found()["SecurityPolicyStatus"] == "Available", "policy")
    sdk.write(
        "UpdateSecurityPolicyAttribute",
        SecurityPolicyId=policy,
        TLSVersions=["TLSv1.2", "TLSv1.3"],
        Ciphers=["ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"],
    )
    assert found()["TLSVersions"] == ["TLSv1.2", "TLSv1.3"]
    return str(policy)


def _certificates(sdk: Sdk, server: Pair, ca: Pair) -> tuple[str, str]:
    identifier = sdk.certificate(server)
    orders = sdk("cas", "ListUserCertificateOrder", OrderType="UPLOAD", Keyword="www.example.com")
    assert [f"{item['CertificateId']}-cn-hangzhou" for item in orders["CertificateOrderList"]] == [identifier]
    warehouse = sdk("cas", "CreateWarehouse", Name="spare")["WarehouseInstanceId"]
    assert sdk("cas", "ListWarehouse", WarehouseInstanceIds=[warehouse])["Data"][0]["WarehouseName"] == "spare"
    sdk("cas", "DeleteWarehouse", WarehouseInstanceId=warehouse)
    ca_identifier = sdk.ca(ca)
    assert sdk("cas", "DescribeWarehouseCert", CertIdentifier=ca_identifier)["Content"] == ca.pem
    assert [item["Identifier"] for item in sdk("cas", "ListCert", CertType="CA")["CertList"]] == [ca_identifier]
    assert sdk("cas", "GetCertWarehouseQuota")["UseCount"] == 0, "it counts calls of Sign and the like"
    return identifier, ca_identifier


def _listener(sdk: Sdk, balancer: str, group: str, policy: str, certificate: str, ca: str) -> None:
    listener = sdk.listener(
        balancer,
        group,
        ListenerProtocol="HTTPS",
        ListenerPort=443,
        Certificates=[{"CertificateId": certificate}],
        SecurityPolicyId=policy,
        CaEnabled=True,
        CaCertificates=[{"CertificateId": ca}],
        XForwardedForConfig={"XForwardedForProtoEnabled": True},
    )["ListenerId"]
    found = sdk("alb", "GetListenerAttribute", ListenerId=listener)
    assert found["CaCertificates"] == [{"CertificateId": ca, "IsDefault": True, "Status": "Associated"}]
    assert found["DefaultActions"] == forward(group)
    assert found["XForwardedForConfig"]["XForwardedForEnabled"] is True
    shown = sdk("alb", "ListListeners", LoadBalancerIds=[balancer])["Listeners"][0]
    assert not {"CaEnabled", "CaCertificates", "Certificates"} & set(shown)
    relations = sdk("alb", "ListSecurityPolicyRelations", SecurityPolicyIds=[policy])["SecrityPolicyRelations"]
    assert relations[0]["RelatedListeners"][0]["ListenerId"] == listener
    sdk.write("StopListener", ListenerId=listener)
    assert sdk("alb", "GetListenerAttribute", ListenerId=listener)["ListenerStatus"] == "Stopped"
    sdk.write("UpdateListenerAttribute", ListenerId=listener, CaEnabled=False, IdleTimeout=20)
    found = sdk("alb", "GetListenerAttribute", ListenerId=listener)
    assert (found["CaEnabled"], found["IdleTimeout"], found["ListenerStatus"]) == (False, 20, "Stopped")
    sdk.write("StartListener", ListenerId=listener)
    tracing = {"TracingEnabled": True, "TracingSample": 100, "TracingType": "Zipkin"}
    sdk.write("UpdateListenerLogConfig", ListenerId=listener, AccessLogTracingConfig=tracing)
    found = sdk("alb", "GetListenerAttribute", ListenerId=listener)
    assert found["LogConfig"] == {"AccessLogRecordCustomizedHeadersEnabled": False, "AccessLogTracingConfig": tracing}
    extra = sdk.certificate(make_pair("shop.example.com"), "extra")
    chosen = [{"CertificateId": extra}]
    sdk.write("AssociateAdditionalCertificatesWithListener", ListenerId=listener, Certificates=chosen)
    rows = sdk("alb", "ListListenerCertificates", ListenerId=listener)["Certificates"]
    assert {(item["CertificateType"], item["CertificateId"], item["IsDefault"], item["Status"]) for item in rows} == {
        ("Server", certificate, True, "Associated"),
        ("Server", extra, False, "Associated"),
        ("Ca", ca, True, "Associated"),
    }
    sdk.write("DissociateAdditionalCertificatesFromListener", ListenerId=listener, Certificates=chosen)
    _scripts(sdk, listener)
    health = sdk("alb", "GetListenerHealthStatus", ListenerId=listener)["ListenerHealthStatus"][0]
    assert health["ServerGroupInfos"][0]["ServerGroupId"] == group
    assert sdk.refused("alb", "DeleteServerGroup", ServerGroupId=group) == (400, "ResourceInUse.ServerGroup")
    assert sdk.refused("alb", "DeleteSecurityPolicy", SecurityPolicyId=policy) == (400, "ResourceInUse.SecurityPolicy")
    assert sdk.refused("cas", "DeletePCACert", Identifier=ca) == (400, "ResourceInUse.Certificate")
    sdk.write("DeleteListener", ListenerId=listener)
    assert sdk.refused("alb", "GetListenerAttribute", ListenerId=listener) == (404, "ResourceNotFound.Listener")


def _rule(sdk: Sdk, balancer: str, group: str) -> None:
    listener = sdk.listener(balancer, group)["ListenerId"]
    rule = sdk.write(
        "CreateRule",
        ListenerId=listener,
        RuleName="api",
        Priority=10,
        RuleConditions=[{"Type": "Path", "PathConfig": {"Values": ["/api/*"]}}],
        RuleActions=[{"Order": 1, **forward(group)[0]}],
    )["RuleId"]
    sdk.write("UpdateRuleAttribute", RuleId=rule, RuleName="renamed")
    found = sdk("alb", "ListRules", ListenerIds=[listener])["Rules"]
    assert [(item["RuleId"], item["RuleName"], item["RuleStatus"]) for item in found] == [
        (rule, "renamed", "Available")
    ]
    sdk.write("DeleteRule", RuleId=rule)
    assert sdk("alb", "ListRules", RuleIds=[rule])["Rules"] == []
    sdk.write("DeleteListener", ListenerId=listener)


def _acl(sdk: Sdk) -> None:
    acl = sdk.write("CreateAcl", AclName="office")["AclId"]
    sdk("alb", "UpdateAclAttribute", AclId=acl, AclName="home")
    wait_until(lambda: sdk("alb", "ListAcls", AclIds=[acl])["Acls"][0]["AclStatus"] == "Available", "list")
    sdk.write("AddEntriesToAcl", AclId=acl, AclEntries=[{"Entry": "10.0.0.0/8"}, {"Entry": "127.0.0.1"}])
    again = {"AclId": acl, "AclEntries": [{"Entry": "127.0.0.1/32"}]}
    assert sdk.refused("alb", "AddEntriesToAcl", **again) == (400, "ResourceAlreadyExist.AclEntry")
    assert sdk.refused("alb", "AddEntriesToAcl", AclId=acl, AclEntries=[{"Entry": "::1"}]) == (400, "InvalidParameter")
    sdk.write("RemoveEntriesFromAcl", AclId=acl, Entries=["10.0.0.0/8"])
    refused = sdk.refused("alb", "RemoveEntriesFromAcl", AclId=acl, Entries=["10.0.0.0/8"])
    assert refused == (404, "ResourceNotFound.AclEntry")
    found = sdk("alb", "ListAclEntries", AclId=acl)["AclEntries"]
    assert [(item["Entry"], item["Status"]) for item in found] == [("127.0.0.1", "Available")]
    assert sdk("alb", "ListAcls", AclNames=["home"])["Acls"][0]["AclStatus"] == "Available"
    balancer, group = sdk.balancer(), sdk.group()
    listener = sdk.listener(balancer, group)["ListenerId"]
    sdk.write("AssociateAclsWithListener", ListenerId=listener, AclIds=[acl], AclType="White")
    config = sdk("alb", "GetListenerAttribute", ListenerId=listener)["AclConfig"]
    assert config == {"AclType": "White", "AclRelations": [{"AclId": acl, "Status": "Associated"}]}
    other = sdk.write("CreateAcl", AclName="other")["AclId"]
    black = {"ListenerId": listener, "AclIds": [other], "AclType": "Black"}
    assert sdk.refused("alb", "AssociateAclsWithListener", **black) == (400, "InvalidParameter")
    related = sdk("alb", "ListAclRelations", AclIds=[acl])["AclRelations"][0]["RelatedListeners"]
    assert [(item["ListenerId"], item["Status"]) for item in related] == [(listener, "Associated")]
    assert sdk.refused("alb", "DeleteAcl", AclId=acl) == (400, "ResourceInUse.Acl")
    sdk.write("DissociateAclsFromListener", ListenerId=listener, AclIds=[acl])
    refused = sdk.refused("alb", "DissociateAclsFromListener", ListenerId=listener, AclIds=[acl])
    assert refused == (404, "ResourceNotAssociated.Acl")
    sdk.write("DeleteAcl", AclId=acl)
    assert sdk.refused("alb", "ListAclEntries", AclId=acl) == (404, "ResourceNotFound.Acl")
    sdk.write("DeleteLoadBalancer", LoadBalancerId=balancer)
    sdk.write("DeleteServerGroup", ServerGroupId=group)


def _tags(sdk: Sdk, balancer: str) -> None:
    target = {"ResourceType": "loadbalancer", "ResourceId": [balancer]}
    sdk("alb", "TagResources", **target, Tag=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sdk("alb", "TagResources", **target, Tag=[{"Key": "a", "Value": "3"}])
    sdk("alb", "UnTagResources", **target, TagKey=["b"])
    rows = sdk("alb", "ListTagResources", **target)["TagResources"]
    assert [(row["TagKey"], row["TagValue"]) for row in rows] == [("a", "3")]
    by_tag = sdk("alb", "ListLoadBalancers", Tag=[{"Key": "a", "Value": "3"}])["LoadBalancers"]
    assert [item["LoadBalancerId"] for item in by_tag] == [balancer]
    assert sdk("alb", "ListLoadBalancers", Tag=[{"Key": "a", "Value": "1"}])["LoadBalancers"] == []
    # A tag without a key is none, in a filter and of a removal.
    assert [item["LoadBalancerId"] for item in sdk("alb", "ListLoadBalancers", Tag=[{"Value": "1"}])["LoadBalancers"]]
    sdk("alb", "UnTagResources", **target, Tag=[{"Value": "3"}])
    assert len(sdk("alb", "ListTagResources", **target)["TagResources"]) == 1


def _removal(sdk: Sdk, balancer: str, group: str, policy: str, certificates: tuple[str, str]) -> None:
    sdk.write("DeleteServerGroup", ServerGroupId=group)
    sdk("alb", "DeleteSecurityPolicy", SecurityPolicyId=policy)
    wait_until(lambda: not sdk("alb", "ListSecurityPolicies")["SecurityPolicies"], "policy is gone")
    sdk.write("DeleteLoadBalancer", LoadBalancerId=balancer)
    assert sdk.status(balancer) == ""
    number = int(certificates[0].partition("-")[0])
    sdk("cas", "DeleteUserCertificate", CertId=number)
    sdk("cas", "DeletePCACert", Identifier=certificates[1])
    assert sdk.refused("cas", "GetUserCertificateDetail", CertId=number) == (404, "NotFound")


def _dns(sdk: Sdk) -> None:
    sdk("dns", "AddDomain", DomainName="example.net")
    assert sdk("dns", "DescribeDomainInfo", DomainName="example.net")["DomainName"] == "example.net"
    record = sdk("dns", "AddDomainRecord", DomainName="example.net", RR="www", Type="A", Value="192.0.2.1")["RecordId"]
    sdk("dns", "UpdateDomainRecord", RecordId=record, RR="www", Type="A", Value="192.0.2.2", TTL=60)
    sdk("dns", "UpdateDomainRecordRemark", RecordId=record, Remark="note")
    sdk("dns", "SetDomainRecordStatus", RecordId=record, Status="Disable")
    found = sdk("dns", "DescribeDomainRecordInfo", RecordId=record)
    assert (found["Value"], found["TTL"], found["Status"], found["Remark"]) == ("192.0.2.2", 60, "DISABLE", "note")
    assert sdk("dns", "DescribeDomainRecords", DomainName="example.net")["TotalCount"] == 1
    assert sdk("dns", "DescribeSubDomainRecords", SubDomain="www.example.net")["TotalCount"] == 1
    sdk("dns", "DeleteDomainRecord", RecordId=record)
    assert sdk("dns", "DeleteSubDomainRecords", DomainName="example.net", RR="www")["TotalCount"] == "0"
    sdk("dns", "UpdateDomainRemark", DomainName="example.net", Remark="shop")
    group = sdk("dns", "AddDomainGroup", GroupName="shop")["GroupId"]
    sdk("dns", "UpdateDomainGroup", GroupId=group, GroupName="shops")
    sdk("dns", "ChangeDomainGroup", DomainName="example.net", GroupId=group)
    assert sdk("dns", "DescribeDomainGroups")["DomainGroups"]["DomainGroup"][0]["DomainCount"] == 1
    sdk("dns", "DeleteDomainGroup", GroupId=group)
    tagged = {"ResourceType": "DOMAIN", "ResourceId": ["example.net"]}
    sdk("dns", "TagResources", **tagged, Tag=[{"Key": "a", "Value": "1"}])
    assert sdk("dns", "ListTagResources", **tagged)["TagResources"][0]["TagKey"] == "a"
    sdk("dns", "UntagResources", **tagged, TagKey=["a"])
    sdk("dns", "DescribeSupportLines")
    pair = [{"DomainName": "example.net", "RR": "shop", "Type": "A", "Value": f"192.0.2.{n}"} for n in (1, 2)]
    first, _second = (sdk("dns", "AddDomainRecord", **each)["RecordId"] for each in pair)
    weighted = {"SubDomain": "shop.example.net", "DomainName": "example.net", "Type": "A"}
    sdk("dns", "SetDNSSLBStatus", **weighted, Open=True)
    sdk("dns", "UpdateDNSSLBWeight", RecordId=first, Weight=2)
    sdk("dns", "DescribeDNSSLBSubDomains", DomainName="example.net")
    sdk("dns", "DeleteDomain", DomainName="example.net")
    assert [item["DomainName"] for item in sdk("dns", "DescribeDomains")["Domains"]["Domain"]] == ["example.com"]


def _private_ca(sdk: Sdk, ca: Pair) -> None:
    identifier = "1ed40789-483f-6023-b6b8-29ddd3bb0a9a"
    sdk.sandbox.seed(private_cas=[{"identifier": identifier, "certificate": ca.pem, "certificates_left": 3}])
    found = sdk("pca", "DescribeCACertificate", Identifier=identifier)["Certificate"]
    assert (found["X509Certificate"], found["CertRemainingCount"], found["Status"]) == (ca.pem, 3, "ISSUE")
    listed = sdk("pca", "DescribeCACertificateList", CertType="root", CaStatus="issue")["CertificateList"]
    assert [item["Identifier"] for item in listed] == [identifier]
    assert sdk("cas", "ListCert")["CertList"] == []
    assert sdk.refused("pca", "DescribeCACertificate", Identifier="none") == (404, "NotFound")
    listener = sdk.listener(
        sdk.balancer(),
        sdk.group(),
        ListenerProtocol="HTTPS",
        Certificates=[{"CertificateId": sdk.certificate(make_pair("pca.example.com"), "pca")}],
        CaEnabled=True,
        CaCertificates=[{"CertificateId": identifier}],
    )["ListenerId"]
    assert sdk("alb", "GetListenerAttribute", ListenerId=listener)["CaEnabled"] is True


def test_a_life_without_changes_costs_no_job(sdk: Sdk) -> None:
    """Reads do not show as writes in the log, and a dry run does not either."""
    sdk("alb", "ListServerGroups")
    assert sdk.refused("alb", "CreateServerGroup", **GROUP, DryRun=True) == (400, "DryRunOperation")
    assert sdk("alb", "ListServerGroups")["ServerGroups"] == []
    assert sdk("alb", "ListAsynJobs")["Jobs"] == []
    assert sdk.sandbox.requests(writes=True) == []
    sdk.group()
    assert [item["action"] for item in sdk.sandbox.requests(writes=True)] == ["CreateServerGroup"]
