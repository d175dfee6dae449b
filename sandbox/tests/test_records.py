# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS records: what is refused, what goes together, and how they are searched."""

from __future__ import annotations

import subprocess
import typing as t

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import ACCOUNT, Sdk

INVALID = (400, "InvalidParameter")
RECORD = {"DomainName": "example.com", "RR": "www", "Type": "CNAME", "Value": "alb.example.net"}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, (400, "DomainRecordDuplicate")),
        ({"Type": "A", "Value": "192.0.2.1"}, (400, "DomainRecordConflict")),
        ({"Type": "REDIRECT_URL", "Value": "http://example.net"}, (400, "DomainRecordConflict")),
        ({"RR": "WWW", "Type": "TXT", "Value": "x"}, (400, "DomainRecordConflict")),
        ({"DomainName": "example.org"}, (400, "InvalidDomainName.NoExist")),
        ({"RR": "api", "Type": "A", "Value": "not an address"}, INVALID),
        ({"RR": "api", "Type": "AAAA", "Value": "192.0.2.1"}, INVALID),
        ({"RR": "api", "Type": "MX", "Value": "mail.example.com"}, INVALID),
        ({"RR": "a..b"}, INVALID),
        ({"RR": "api", "TTL": 0}, INVALID),
        ({"RR": "api", "Type": "HINFO"}, INVALID),
        ({"RR": "api", "Value": None}, (400, "MissingParameter")),
        ({"RR": "-api"}, INVALID),
        ({"RR": "api-"}, INVALID),
        ({"RR": "api-.v1"}, INVALID),
        ({"RR": "x" * 64}, INVALID),
        ({"RR": "api", "Type": "MX", "Value": "mail.example.com", "Priority": 0}, INVALID),
        ({"RR": "api", "Type": "MX", "Value": "mail.example.com", "Priority": 51}, INVALID),
    ],
)
def test_records_that_are_refused(sdk: Sdk, changes: dict[str, t.Any], refusal: tuple[int, str]) -> None:
    sdk("dns", "AddDomainRecord", **RECORD)
    params = {name: value for name, value in (RECORD | changes).items() if value is not None}
    assert sdk.refused("dns", "AddDomainRecord", **params) == refusal


def test_bounds_of_numbers(sdk: Sdk) -> None:
    """Priority is 1 to 50, a page of one name has 100 records at most (SDK 4.6.1)."""
    for priority in (1, 50):
        mail = {"RR": "@", "Type": "MX", "Value": f"mail{priority}.example.com", "Priority": priority}
        assert sdk("dns", "AddDomainRecord", **RECORD | mail)["RecordId"]
    name = {"SubDomain": "example.com", "DomainName": "example.com"}
    assert sdk("dns", "DescribeSubDomainRecords", **name, PageSize=100)["TotalCount"] == 2
    assert sdk.refused("dns", "DescribeSubDomainRecords", **name, PageSize=101) == INVALID


def test_records_of_types_that_go_together(sdk: Sdk) -> None:
    """The published matrix of conflicts: CNAME may repeat, and at the apex it may stand beside MX, NS and TXT."""
    sdk("dns", "AddDomainRecord", **RECORD)
    sdk("dns", "AddDomainRecord", **RECORD | {"Value": "other.example.net"})
    apex = RECORD | {"RR": "@"}
    sdk("dns", "AddDomainRecord", **apex)
    for kind, value in (("TXT", "x"), ("NS", "ns.example.net"), ("MX", "mail.example.net")):
        sdk("dns", "AddDomainRecord", **apex | {"Type": kind, "Value": value, "Priority": 10})
    address = apex | {"Type": "AAAA", "Value": "2001:db8::1"}
    assert sdk.refused("dns", "AddDomainRecord", **address) == (400, "DomainRecordConflict")


@pytest.mark.parametrize("host", ["@", "www"])
def test_forwarding_and_addresses_exclude_one_another(sandbox: Sandbox, sdk: Sdk, host: str) -> None:
    """The published matrix of conflicts: A or AAAA beside URL forwarding or ALIAS, and forwarding beside forwarding."""
    addresses: list[dict[str, t.Any]] = [
        RECORD | {"RR": host, "Type": "A", "Value": "192.0.2.1"},
        RECORD | {"RR": host, "Type": "AAAA", "Value": "2001:db8::1"},
    ]
    forwarding = RECORD | {"RR": host, "Type": "REDIRECT_URL", "Value": "http://example.net"}
    others = [forwarding | {"Value": "http://example.org"}, forwarding | {"Type": "FORWARD_URL"}]
    identity = sdk("dns", "AddDomainRecord", **forwarding)["RecordId"]
    for record in [*addresses, *others]:
        assert sdk.refused("dns", "AddDomainRecord", **record) == (400, "DomainRecordConflict"), record
    sdk("dns", "DeleteDomainRecord", RecordId=identity)
    for record in addresses:
        identity = sdk("dns", "AddDomainRecord", **record)["RecordId"]
        assert sdk.refused("dns", "AddDomainRecord", **forwarding) == (400, "DomainRecordConflict")
        sdk("dns", "DeleteDomainRecord", RecordId=identity)
    sandbox.seed(records=[{"domain": "example.com", "rr": host, "type": "ALIAS", "value": "alb.example.net"}])
    for record in addresses:
        assert sdk.refused("dns", "AddDomainRecord", **record) == (400, "DomainRecordConflict")
    sdk("dns", "AddDomainRecord", **forwarding)


def test_the_least_ttl_of_a_domain(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.seed(domains=[{"name": "example.net", "min_ttl": 600}])
    record = RECORD | {"DomainName": "example.net"}
    assert sdk.refused("dns", "AddDomainRecord", **record, TTL=60) == (400, "QuotaExceeded.TTL")
    identity = sdk("dns", "AddDomainRecord", **record, TTL=600)["RecordId"]
    update = {name: value for name, value in record.items() if name != "DomainName"}
    assert sdk.refused("dns", "UpdateDomainRecord", RecordId=identity, **update, TTL=1) == (400, "QuotaExceeded.TTL")


def test_a_locked_record_stays_as_it_is(sandbox: Sandbox, sdk: Sdk) -> None:
    record = sdk("dns", "AddDomainRecord", **RECORD)["RecordId"]
    sandbox.seed(locked_records=[record])
    assert sdk("dns", "DescribeDomainRecordInfo", RecordId=record)["Locked"] is True
    changed = {name: value for name, value in RECORD.items() if name != "DomainName"} | {"Value": "b.example.net"}
    for operation, more in (
        ("DeleteDomainRecord", {}),
        ("UpdateDomainRecord", changed),
        ("SetDomainRecordStatus", {"Status": "Disable"}),
    ):
        assert sdk.refused("dns", operation, RecordId=record, **more) == (400, "DomainRecordLocked")
    with pytest.raises(RuntimeError):
        sandbox.seed(locked_records=["1"])


def test_records_side_by_side(sdk: Sdk) -> None:
    first = sdk("dns", "AddDomainRecord", **RECORD)["RecordId"]
    sdk("dns", "AddDomainRecord", **RECORD | {"Line": "telecom"})
    sdk("dns", "SetDomainRecordStatus", RecordId=first, Status="Disable")
    address = {**RECORD, "Type": "A", "Value": "192.0.2.1"}
    second = sdk("dns", "AddDomainRecord", **address)["RecordId"]
    enable = {"RecordId": first, "Status": "Enable"}
    assert sdk.refused("dns", "SetDomainRecordStatus", **enable) == (400, "DomainRecordConflict")
    same = {name: value for name, value in address.items() if name != "DomainName"}
    assert sdk.refused("dns", "UpdateDomainRecord", RecordId=second, **same) == (400, "DomainRecordDuplicate")
    assert sdk.refused("dns", "DeleteDomainRecord", RecordId="1") == (400, "DomainRecordNotBelongToUser")


@pytest.mark.parametrize("host", ["a-b", "_dmarc", "*", "*.api", "x" * 63, "1.a-1"])
def test_host_records(sdk: Sdk, host: str) -> None:
    identity = sdk("dns", "AddDomainRecord", **RECORD | {"RR": host})["RecordId"]
    assert sdk("dns", "DescribeDomainRecordInfo", RecordId=identity)["RR"] == host


@pytest.mark.parametrize("spelling", ["FORWARD_URL", "FORWORD_URL"])
def test_forwarding_has_two_spellings(sdk: Sdk, spelling: str) -> None:
    record = RECORD | {"Type": spelling, "Value": "http://example.net"}
    identity = sdk("dns", "AddDomainRecord", **record)["RecordId"]
    assert sdk("dns", "DescribeDomainRecordInfo", RecordId=identity)["Type"] == spelling
    assert sdk.refused("dns", "AddDomainRecord", **RECORD) == (400, "DomainRecordConflict")


@pytest.mark.parametrize("kind", ["ALIAS", "HTTPS", "SVCB"])
def test_records_that_the_console_made(sandbox: Sandbox, sdk: Sdk, kind: str) -> None:
    """The API shows and deletes them, and does not add them."""
    made = {"domain": "example.com", "rr": "www", "type": kind, "value": "alb.example.net", "ttl": 60}
    sandbox.seed(records=[made])
    sandbox.seed(records=[made])
    (found,) = sdk("dns", "DescribeSubDomainRecords", SubDomain="www.example.com")["DomainRecords"]["Record"]
    assert (found["Type"], found["Value"], found["TTL"]) == (kind, "alb.example.net", 60)
    assert sdk.refused("dns", "AddDomainRecord", **RECORD) == (400, "DomainRecordConflict")
    assert sdk.refused("dns", "AddDomainRecord", **RECORD | {"Type": kind}) == INVALID
    gone = sdk("dns", "DeleteSubDomainRecords", DomainName="example.com", RR="www", Type=kind)
    assert gone["TotalCount"] == "1"


def test_the_same_record_in_two_domains(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.seed(domains=["example.net"])
    made = {"rr": "www", "type": "ALIAS", "value": "alb.example.org"}
    sandbox.seed(records=[{"domain": name, **made} for name in ("example.com", "Example.NET.")])
    for name in ("example.com", "example.net"):
        assert sdk("dns", "DescribeDomainRecords", DomainName=name)["TotalCount"] == 1, name


RECORDS = (
    ("www", "A", "192.0.2.1"),
    ("www2", "A", "192.0.2.11"),
    ("api", "TXT", "www"),
    ("mail", "MX", "m.example.net"),
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"www", "www2", "api", "mail"}),
        # KeyWord alone is LIKE: a part of the host record or of the value.
        ({"KeyWord": "WW"}, {"www", "www2", "api"}),
        ({"KeyWord": "www", "SearchMode": "EXACT"}, {"www", "api"}),
        # LIKE and EXACT ignore all other filters.
        ({"KeyWord": "www", "TypeKeyWord": "TXT"}, {"www", "www2", "api"}),
        ({"SearchMode": "LIKE", "RRKeyWord": "api", "Type": "TXT"}, {"www", "www2", "api", "mail"}),
        ({"SearchMode": "EXACT", "KeyWord": "192.0.2.1", "Status": "Disable"}, {"www"}),
        # Without a mode the other filters mean ADVANCED.
        ({"RRKeyWord": "ww"}, {"www", "www2"}),
        ({"RRKeyWord": "ww", "SearchMode": "ADVANCED"}, {"www", "www2"}),
        ({"ValueKeyWord": "192.0.2.1"}, {"www", "www2"}),
        ({"TypeKeyWord": "a"}, {"www", "www2"}),
        ({"Type": "A", "RRKeyWord": "2"}, {"www2"}),
        ({"Status": "Enable", "Line": "default", "Type": "MX"}, {"mail"}),
        ({"Line": "telecom"}, set()),
        ({"SearchMode": "ADVANCED", "KeyWord": "www", "RRKeyWord": "mail"}, {"mail"}),
        ({"SearchMode": "COMBINATION", "RRKeyWord": "www"}, {"www"}),
        ({"SearchMode": "COMBINATION", "ValueKeyWord": "192.0.2"}, set()),
        ({"SearchMode": "COMBINATION", "KeyWord": "nothing", "RRKeyWord": "api", "TypeKeyWord": "TXT"}, {"api"}),
        # 0 finds nothing, -1 is the default group, -2 stands for all; no other group exists.
        ({"GroupId": 0}, set()),
        ({"GroupId": -1}, {"www", "www2", "api", "mail"}),
        ({"GroupId": -2, "RRKeyWord": "api"}, {"api"}),
        ({"GroupId": 2223}, set()),
    ],
)
def test_searching_records(sdk: Sdk, filters: dict[str, t.Any], expected: set[str]) -> None:
    for host, kind, value in RECORDS:
        sdk("dns", "AddDomainRecord", DomainName="example.com", RR=host, Type=kind, Value=value, Priority=10)
    found = sdk("dns", "DescribeDomainRecords", DomainName="example.com", **filters)
    assert {item["RR"] for item in found["DomainRecords"]["Record"]} == expected


def test_records_of_one_name(sandbox: Sandbox, sdk: Sdk) -> None:
    """Without DomainName the registrable domain counts, also if the account has a domain below it."""
    sandbox.seed(domains=["www.example.com", "example.com.cn"])
    record = RECORD | {"Type": "A", "Value": "192.0.2.1"}
    sdk("dns", "AddDomainRecord", **record | {"RR": "a.www"})
    sdk("dns", "AddDomainRecord", **record | {"DomainName": "www.example.com", "RR": "a", "Value": "192.0.2.2"})
    sdk("dns", "AddDomainRecord", **record | {"DomainName": "example.com.cn", "RR": "a", "Value": "192.0.2.3"})

    def values(name: str, **params: str) -> list[str]:
        found = sdk("dns", "DescribeSubDomainRecords", SubDomain=name, **params)
        return [item["Value"] for item in found["DomainRecords"]["Record"]]

    assert values("a.www.example.com") == ["192.0.2.1"]
    assert values("A.www.example.com.", DomainName="www.example.com") == ["192.0.2.2"]
    assert values("a.www.example.com", DomainName="example.com") == ["192.0.2.1"]
    assert values("a.example.com.cn") == ["192.0.2.3"]
    for name in ("www.example.org", "www.example.net.cn"):
        refused = sdk.refused("dns", "DescribeSubDomainRecords", SubDomain=name)
        assert refused == (400, "InvalidDomainName.NoExist")


def test_names_are_resolved_to_the_load_balancer() -> None:
    """dig finds the way from the record to the address of the load balancer, wildcards and deletions included."""
    with Sandbox(dns=True) as sandbox:
        mail = {"domain": "example.com", "rr": "mail", "type": "MX", "value": "mx.example.net", "priority": 7}
        sandbox.seed(**ACCOUNT, records=[mail])
        sdk = Sdk(sandbox)
        balancer = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=sdk.balancer())
        addresses = [zone["LoadBalancerAddresses"][0]["Address"] for zone in balancer["ZoneMappings"]]
        record = sdk("dns", "AddDomainRecord", **RECORD | {"Value": balancer["DNSName"], "TTL": 77})["RecordId"]
        sdk("dns", "AddDomainRecord", **RECORD | {"RR": "*", "Type": "A", "Value": "192.0.2.9"})

        def dig(name: str, kind: str = "A") -> list[str]:
            assert sandbox.dns
            host, port = sandbox.dns.split(":")
            command = ["dig", f"@{host}", "-p", port, "+short", "+time=2", name, kind]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

        assert dig("WWW.example.com") == [f"{balancer['DNSName']}.", *addresses]
        assert dig("other.example.com") == ["192.0.2.9"]
        assert " ".join(dig("mail.example.com", "MX")) == "7 mx.example.net."
        sdk("dns", "DeleteDomainRecord", RecordId=record)
        assert dig("www.example.com") == ["192.0.2.9"]
        sdk.write("DeleteLoadBalancer", LoadBalancerId=balancer["LoadBalancerId"])
        assert dig(balancer["DNSName"]) == []


def test_weights(sdk: Sdk) -> None:
    """Only several enabled records of a name, type and line have weights; the apex is written @.example.com."""
    addresses = [RECORD | {"Type": "A", "Value": f"192.0.2.{number}"} for number in (1, 2)]
    name = {"SubDomain": "www.example.com", "DomainName": "example.com", "Type": "A"}
    first = sdk("dns", "AddDomainRecord", **addresses[0])["RecordId"]
    assert sdk.refused("dns", "SetDNSSLBStatus", **name, Open=True) == INVALID
    second = sdk("dns", "AddDomainRecord", **addresses[1])["RecordId"]
    assert sdk.refused("dns", "UpdateDNSSLBWeight", RecordId=first, Weight=2) == (400, "DisableDNSSLB")
    assert sdk("dns", "SetDNSSLBStatus", **name, Open=True)["RecordCount"] == 2
    for weight in (0, 101):
        assert sdk.refused("dns", "UpdateDNSSLBWeight", RecordId=first, Weight=weight) == INVALID
    assert sdk("dns", "UpdateDNSSLBWeight", RecordId=first, Weight=100)["Weight"] == 100
    search = {"SubDomain": "www.example.com", "DomainName": "example.com"}
    listed = sdk("dns", "DescribeSubDomainRecords", **search)["DomainRecords"]["Record"]
    assert {item["RecordId"]: item["Weight"] for item in listed} == {first: 100, second: 1}
    (found,) = sdk("dns", "DescribeDNSSLBSubDomains", DomainName="example.com")["SlbSubDomains"]["SlbSubDomain"]
    assert (found["SubDomain"], found["Type"], found["Open"]) == ("www.example.com", "A", True)
    assert found["LineAlgorithms"]["LineAlgorithm"] == [{"Line": "default", "Open": True}]
    sdk("dns", "SetDomainRecordStatus", RecordId=second, Status="Disable")
    assert sdk.refused("dns", "UpdateDNSSLBWeight", RecordId=second, Weight=2) == (400, "DomainRecordDisable")
    sdk("dns", "SetDNSSLBStatus", **name, Open=False)
    listed = sdk("dns", "DescribeSubDomainRecords", **search)["DomainRecords"]["Record"]
    assert ["Weight" in item for item in listed] == [False, False]
    wildcard = sdk("dns", "AddDomainRecord", **addresses[0] | {"RR": "*"})["RecordId"]
    pan = (400, "PanDomainRecord")
    assert sdk.refused("dns", "UpdateDNSSLBWeight", RecordId=wildcard, Weight=2) == pan
    assert sdk.refused("dns", "SetDNSSLBStatus", **name | {"SubDomain": "*.example.com"}) == pan
    for apex in ("example.com", "@.example.com"):  # the first is no subdomain, and the second has no records
        assert sdk.refused("dns", "SetDNSSLBStatus", **name | {"SubDomain": apex}) == INVALID
