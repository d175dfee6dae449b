# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records are meant, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine, Outcome
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import CloudError, RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._dns.record import Record

from tests.unit.fakes.cloud import Cloud, error
from tests.unit.fakes.options import defaults
from tools.parameters import options_of


class Zone(Cloud):
    """The records of example.com."""

    def __init__(self, *records: tuple[str, str, str]) -> None:
        super().__init__(
            DescribeSubDomainRecords=self.describe,
            DescribeDomainRecordInfo=self.info,
            AddDomainRecord=self.add,
            UpdateDomainRecord=self.update,
            DeleteDomainRecord=self.delete,
            SetDomainRecordStatus=self.set_status,
            SetDNSSLBStatus=self.set_weighted,
            UpdateDNSSLBWeight=self.weigh,
            DescribeDNSSLBSubDomains=self.weighted_names,
        )
        self.weighted: set[tuple[str, str, str]] = set()  # name, type and line
        self.records: dict[str, dict[str, Any]] = {}
        for rr, kind, value in records:
            self.add({"DomainName": "example.com", "RR": rr, "Type": kind, "Value": value})

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        if params["DomainName"] != "example.com":
            raise error("IncorrectDomainUser" if params["DomainName"] == "example.org" else "InvalidDomainName.NoExist")
        found = [
            self.shown(record)
            for record in self.records.values()
            if params["SubDomain"] == ("" if record["RR"] == "@" else record["RR"] + ".") + "example.com"
            and record["Type"] == params.get("Type", record["Type"])
        ]
        return {"DomainRecords": {"Record": found}, "TotalCount": len(found)}

    def info(self, params: dict[str, Any]) -> dict[str, Any]:
        return self.records[params["RecordId"]]

    def shown(self, record: dict[str, Any]) -> dict[str, Any]:
        name = "@.example.com" if record["RR"] == "@" else f"{record['RR']}.example.com"
        weight = {"Weight": record.get("weight", 1)}
        return record | (weight if (name, record["Type"], record["Line"]) in self.weighted else {})

    def set_weighted(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["SubDomain"] != params["DomainName"]
        name = params["SubDomain"], params["Type"], params["Line"]
        (self.weighted.add if params["Open"] else self.weighted.remove)(name)
        return {}

    def weigh(self, params: dict[str, Any]) -> dict[str, Any]:
        record = self.records[params["RecordId"]]
        if "Weight" not in self.shown(record):
            raise error("DisableDNSSLB")
        record["weight"] = params["Weight"]
        return {}

    def weighted_names(self, params: dict[str, Any]) -> dict[str, Any]:
        found = [
            {
                "SubDomain": name.removeprefix("@."),
                "Type": kind,
                "Open": True,
                "LineAlgorithms": {"LineAlgorithm": lines},
            }
            for name, kind, line in self.weighted
            if name in (f"{params['Rr']}.example.com", "example.com")
            for lines in [[{"Line": line, "Open": True}]]
        ]
        return {"SlbSubDomains": {"SlbSubDomain": found}, "TotalCount": len(found)}

    def add(self, params: dict[str, Any]) -> dict[str, Any]:
        identity = str(len(self.records) + 1)
        self.records[identity] = {"TTL": 600, "Line": "default", "Status": "ENABLE", **params, "RecordId": identity}
        return {"RecordId": identity}

    def update(self, params: dict[str, Any]) -> dict[str, Any]:
        assert {"RR", "Type", "Value"} <= params.keys()
        if params.items() <= self.records[params["RecordId"]].items():
            raise error("DomainRecordDuplicate")
        self.records[params["RecordId"]].update(params)
        return {"RecordId": params["RecordId"]}

    def set_status(self, params: dict[str, Any]) -> dict[str, Any]:
        self.records[params["RecordId"]]["Status"] = params["Status"].upper()
        return {"RecordId": params["RecordId"]}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        if params["RecordId"] not in self.records:
            raise error("DomainRecordNotBelongToUser")
        del self.records[params["RecordId"]]
        return {}


def run(zone: Zone, state: str = "present", *, check: bool = False, **options: Any) -> Outcome:
    params = {**defaults(options_of("dns_record")), "domain": "example.com", "rr": "www", "state": state, **options}
    session = zone.session()
    return Engine(Record(params, session), session).run(state, check=check)


@pytest.mark.parametrize("value", ["a.example.org", "a.example.org.", "A.Example.Org"])
def test_host_names_are_the_same_in_every_spelling(value: str) -> None:
    zone = Zone(("www", "CNAME", "a.example.org"))
    assert not run(zone, value=value).changed


def test_text_is_not_a_host_name() -> None:
    zone = Zone(("www", "TXT", "Text."))
    assert run(zone, type="TXT", value="text").changed


def test_a_cname_is_changed_in_place_and_keeps_what_is_not_given() -> None:
    zone = Zone(("www", "CNAME", "a.example.org"))
    zone.records["1"]["TTL"] = 60
    assert run(zone, value="b.example.org").actions == ["update_domain_record"]
    assert (zone.records["1"]["Value"], zone.records["1"]["TTL"]) == ("b.example.org", 60)


def test_an_address_is_added_beside_others() -> None:
    zone = Zone(("www", "A", "192.0.2.1"))
    assert run(zone, type="A", value="192.0.2.2").actions == ["add_domain_record"]
    assert len(zone.records) == 2


def test_the_domain_itself() -> None:
    zone = Zone(("@", "A", "192.0.2.1"))
    outcome = run(zone, rr="@", type="A", value="192.0.2.1")
    assert not outcome.changed
    assert (outcome.object or {})["fqdn"] == "example.com"


def test_two_of_one_name_are_told_apart_by_value() -> None:
    zone = Zone(("www", "A", "192.0.2.1"), ("www", "A", "192.0.2.2"))
    with pytest.raises(RefusedError, match="1, 2"):
        run(zone, "absent", type="A")
    run(zone, "absent", type="A", value="192.0.2.2")
    assert list(zone.records) == ["1"]


@pytest.mark.parametrize("check", [True, False])
def test_several_cname_records_of_a_name_are_refused(check: bool) -> None:
    """The service allows them; which one is meant is not guessed."""
    zone = Zone(("www", "CNAME", "a.example.org"), ("www", "CNAME", "b.example.org"))
    with pytest.raises(RefusedError, match="2 records of type CNAME") as caught:
        run(zone, value="a.example.org", check=check)
    assert "Give all that are to stay as values" in caught.value.hint
    assert writes(zone) == []


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("value", "goes"),
    [
        ("alb-1.cn-hangzhou.alb.aliyuncs.com", True),
        ("ALB-1.cn-hangzhou.alb.aliyuncs.com.", True),
        ("alb-2.cn-hangzhou.alb.aliyuncs.com", False),
        ("", False),
        (None, True),
    ],
)
def test_a_cname_goes_only_while_it_has_the_value_that_is_given(value: str | None, goes: bool, check: bool) -> None:
    zone = Zone(("www", "CNAME", "Alb-1.cn-hangzhou.alb.aliyuncs.com"))
    outcome = run(zone, "absent", value=value, check=check)
    assert outcome.changed is goes
    assert len(zone.records) == (0 if goes and not check else 1)
    assert [each["record_id"] for each in outcome.extras["kept"]] == ([] if goes else ["1"])


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(("state", "value"), [("absent", None), ("present", "b.example.org")])
def test_a_locked_record_is_told_before_the_request(state: str, value: str | None, check: bool) -> None:
    zone = Zone(("www", "CNAME", "a.example.org"))
    zone.records["1"]["Locked"] = True
    with pytest.raises(RefusedError, match="locked"):
        run(zone, state, value=value, check=check)
    assert writes(zone) == []


@pytest.mark.parametrize("operation", ["AddDomainRecord", "UpdateDomainRecord"])
def test_a_lost_answer_makes_no_second_record(operation: str) -> None:
    zone = Zone() if operation == "AddDomainRecord" else Zone(("www", "CNAME", "b.example.org"))
    zone.lost.add(operation)
    assert run(zone, value="a.example.org").changed
    assert len(zone.records) == 1
    assert len(zone.named(operation)) == 1


def test_a_domain_of_somebody_else() -> None:
    with pytest.raises(CloudError) as caught:
        run(Zone(), domain="example.net", value="a.example.org")
    assert "domain" in caught.value.hint
    assert not run(Zone(), "absent", domain="example.net").changed


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_domain_of_another_account_is_an_error_also_where_the_record_is_to_be_absent(state: str) -> None:
    """These credentials do not show whether the record exists."""
    with pytest.raises(CloudError, match="IncorrectDomainUser") as caught:
        run(Zone(), state, domain="example.org", value="a.example.org")
    assert "another account" in caught.value.hint


def writes(zone: Zone) -> list[str]:
    return [operation for operation, _params in zone.calls if not operation.startswith("Describe")]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("rr", "there", "wanted", "refused"),
    [
        ("www", "A", "CNAME", True),
        ("www", "AAAA", "CNAME", True),
        ("www", "MX", "CNAME", True),
        ("www", "REDIRECT_URL", "CNAME", True),
        ("www", "CNAME", "A", True),
        ("www", "CNAME", "TXT", True),
        ("www", "FORWARD_URL", "A", True),
        ("www", "FORWARD_URL", "AAAA", True),
        ("@", "AAAA", "REDIRECT_URL", True),
        ("@", "ALIAS", "AAAA", True),
        ("@", "FORWARD_URL", "REDIRECT_URL", True),
        ("@", "FORWARD_URL", "MX", False),
        ("@", "MX", "CNAME", False),
        ("@", "CNAME", "TXT", False),
        ("@", "A", "CNAME", True),
        ("www", "A", "TXT", False),
        ("www", "AAAA", "A", False),
    ],
)
def test_a_record_in_the_way_is_told_before_the_write(
    rr: str, there: str, wanted: str, refused: bool, check: bool
) -> None:
    zone = Zone((rr, there, "one.example.org"))
    if not refused:
        priority = 10 if wanted == "MX" else None
        assert run(zone, rr=rr, type=wanted, value="two.example.org", priority=priority, check=check).changed
        return
    with pytest.raises(RefusedError, match=f"beside {there} one.example.org \\(1\\)"):
        run(zone, rr=rr, type=wanted, value="two.example.org", check=check)
    assert writes(zone) == []


def test_a_paused_record_is_in_nobodys_way() -> None:
    zone = Zone(("www", "A", "192.0.2.1"))
    zone.records["1"]["Status"] = "DISABLE"
    assert run(zone, value="a.example.org").actions == ["add_domain_record"]


def test_a_paused_record_is_not_a_present_one() -> None:
    zone = Zone(("www", "CNAME", "a.example.org"))
    zone.records["1"]["Status"] = "DISABLE"
    checked = run(zone, value="a.example.org", check=True)
    outcome = run(zone, value="a.example.org")
    assert checked.actions == outcome.actions == ["set_domain_record_status"]
    assert checked.after == outcome.after
    assert zone.records["1"]["Status"] == "ENABLE"
    assert not run(zone, value="a.example.org").changed


def test_enabling_a_record_beside_one_that_excludes_it_is_refused() -> None:
    zone = Zone(("www", "CNAME", "a.example.org"), ("www", "A", "192.0.2.1"))
    zone.records["1"]["Status"] = "DISABLE"
    with pytest.raises(RefusedError, match=r"beside A 192\.0\.2\.1"):
        run(zone, value="a.example.org")
    assert writes(zone) == []


def test_a_record_can_be_made_and_kept_paused() -> None:
    zone = Zone()
    assert run(zone, value="a.example.org", enabled=False).actions == ["add_domain_record", "set_domain_record_status"]
    assert zone.records["1"]["Status"] == "DISABLE"
    assert not run(zone, value="a.example.org", enabled=False).changed


def test_the_other_spelling_of_url_forwarding_is_the_same_type() -> None:
    """FORWORD_URL, as the Chinese documentation has it."""
    zone = Zone(("www", "FORWORD_URL", "https://a.example.org"))
    outcome = run(zone, type="FORWARD_URL", value="https://a.example.org")
    assert not outcome.changed
    assert (outcome.object or {})["type"] == "FORWARD_URL"
    with pytest.raises(RefusedError, match="beside FORWARD_URL"):
        run(zone, type="A", value="192.0.2.1")
    assert run(zone, type="FORWARD_URL", state="absent", value="https://b.example.org").extras["kept"][0]["type"] == (
        "FORWARD_URL"
    )


@pytest.mark.parametrize(("other", "refused"), [("ALIAS", True), ("SVCB", False), ("HTTPS", False), ("NEW", False)])
def test_types_that_no_option_has_are_shown(other: str, refused: bool) -> None:
    zone = Zone(("www", other, "x.example.org"))
    if refused:
        with pytest.raises(RefusedError, match=f"beside {other} x.example.org"):
            run(zone, type="A", value="192.0.2.1")
    else:
        assert run(zone, type="A", value="192.0.2.1").changed
    if other != "NEW":
        with pytest.raises(RefusedError, match=other):
            run(zone, type="CNAME", value="a.example.org", rr="www")


@pytest.mark.parametrize(
    ("domain", "below"), [("www.example.com", True), ("www.example.com.", True), ("example.org", False)]
)
def test_a_name_below_the_domain_in_place_of_the_domain(domain: str, below: bool) -> None:
    with pytest.raises(CloudError) as caught:
        run(Zone(("www", "CNAME", "a.example.org")), domain=domain, rr="api", value="a.example.org")
    assert caught.value.hint.startswith("Check domain")
    assert (f"{domain.rstrip('.')} is itself a name below a domain" in caught.value.report()["hint"]) is below


def values(zone: Zone, kind: str) -> list[str]:
    return sorted(record["Value"] for record in zone.records.values() if record["Type"] == kind)


A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"


@pytest.mark.parametrize(
    ("there", "wanted", "purge", "actions", "after"),
    [
        ([], [A, B], False, ["add", "add"], [A, B]),
        ([A], [A, B], False, ["add"], [A, B]),
        ([A], [B, A], False, ["add"], [A, B]),
        ([A, B], [B, A], True, [], [A, B]),
        ([A, B], [A], False, [], [A, B]),
        ([A, B], [A], True, ["delete"], [A]),
        ([A, B, C], [A], True, ["delete", "delete"], [A]),
        ([A], [B], True, ["update"], [B]),
        ([A, C], [C, B], True, ["update"], [B, C]),
        ([A], [B, C], True, ["update", "add"], [B, C]),
        ([A, B], [C], False, ["add"], [A, B, C]),
        ([A], [B, B], False, ["add"], [A, B]),
    ],
)
def test_several_values(there: list[str], wanted: list[str], purge: bool, actions: list[str], after: list[str]) -> None:
    zone = Zone(*(("www", "A", value) for value in there))
    zone.add({"DomainName": "example.com", "RR": "www", "Type": "TXT", "Value": "stays"})
    options: dict[str, Any] = {"type": "A", "values": wanted, "purge": purge}
    checked = run(zone, check=True, **options)
    assert writes(zone) == []
    done = run(zone, **options)
    assert done.actions == checked.actions == [f"{action}_domain_record" for action in actions]
    assert values(zone, "A") == after
    assert values(zone, "TXT") == ["stays"]
    assert [record["value"] for record in checked.after["others"]] == [
        record["value"] for record in done.after["others"]
    ]
    assert done.after["value"] == wanted[0]
    assert not run(zone, **options).changed


def test_new_records_of_several_values_are_paused() -> None:
    zone = Zone()
    options: dict[str, Any] = {"type": "A", "values": [A, B], "enabled": False}
    assert run(zone, **options).actions == ["add_domain_record", "set_domain_record_status"] * 2
    assert {record["Status"] for record in zone.records.values()} == {"DISABLE"}
    assert not run(zone, **options).changed


@pytest.mark.parametrize(
    ("there", "wanted", "actions"),
    [
        (["A"], ["a.example.org"], ["update"]),
        (["A", "AAAA", "A"], ["a.example.org"], ["delete", "delete", "update"]),
        (["A", "AAAA"], ["a.example.org", "b.example.org"], ["delete", "update", "add"]),
    ],
)
def test_addresses_are_replaced_by_an_alias(there: list[str], wanted: list[str], actions: list[str]) -> None:
    zone = Zone(*(("www", kind, f"one-{number}") for number, kind in enumerate(there)))
    options: dict[str, Any] = {"values": wanted, "replace": True}
    assert run(zone, check=True, **options).actions == [f"{action}_domain_record" for action in actions]
    assert run(zone, **options).actions == [f"{action}_domain_record" for action in actions]
    assert sorted((record["Type"], record["Value"]) for record in zone.records.values()) == [
        ("CNAME", value) for value in wanted
    ]
    assert not run(zone, **options).changed


def test_a_paused_alias_takes_the_place_of_an_address() -> None:
    zone = Zone(("www", "A", A), ("www", "CNAME", "a.example.org"))
    zone.records["2"]["Status"] = "DISABLE"
    done = run(zone, value="b.example.org", replace=True)
    assert done.actions == ["delete_domain_record", "update_domain_record", "set_domain_record_status"]
    assert list(zone.records) == ["2"]


def test_what_is_in_the_way_of_a_paused_record_stays() -> None:
    zone = Zone(("www", "A", A))
    with pytest.raises(RefusedError, match="beside A"):
        run(zone, value="a.example.org", replace=True, enabled=False)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        {"value": "a.example.org", "replace": True},
        {"type": "A", "values": [B], "purge": True},
        {"type": "A", "values": [B, A], "ttl": 60},
    ],
)
def test_no_locked_record_is_touched(options: dict[str, Any], check: bool) -> None:
    zone = Zone(("www", "A", A), ("www", "A", B))
    zone.records["1"]["Locked"] = True
    with pytest.raises(RefusedError, match=r"The record 1 .* is locked"):
        run(zone, check=check, **options)
    assert writes(zone) == []


def test_values_of_a_removal() -> None:
    zone = Zone(("www", "A", A), ("www", "A", B), ("www", "A", C), ("www", "TXT", A))
    done = run(zone, "absent", type="A", values=[A, C, "192.0.2.9"])
    assert done.actions == ["delete_domain_record"] * 2
    assert [record["value"] for record in done.extras["kept"]] == [B]
    assert [(record["type"], record["value"]) for record in done.before["others"]] == [("A", B), ("A", C), ("TXT", A)]
    assert values(zone, "TXT") == [A]
    assert not run(zone, "absent", type="A", values=[]).changed


def test_the_priority_of_a_removal() -> None:
    zone = Zone(("www", "MX", "mail.example.org"))
    zone.records["1"]["Priority"] = 10
    assert not run(zone, "absent", type="MX", value="mail.example.org", priority=20).changed
    assert run(zone, "absent", type="MX", value="mail.example.org", priority=10).changed


def test_a_new_mail_server_has_a_priority() -> None:
    zone = Zone()
    with pytest.raises(RefusedError, match="priority"):
        run(zone, type="MX", value="mail.example.org")
    assert run(zone, type="MX", value="mail.example.org", priority=10).changed
    assert not run(zone, type="MX", value="Mail.example.org.").changed
    assert run(zone, type="MX", value="mail.example.org", priority=20).actions == ["update_domain_record"]


def test_several_aliases_are_not_taken_for_one() -> None:
    zone = Zone(("www", "CNAME", "a.example.org"), ("www", "CNAME", "b.example.org"))
    with pytest.raises(RefusedError, match="2 records of type CNAME"):
        run(zone, value="a.example.org")
    assert not run(zone, values=["b.example.org", "a.example.org"]).changed
    assert run(zone, value="a.example.org", purge=True).actions == ["delete_domain_record"]
    assert values(zone, "CNAME") == ["a.example.org"]


def test_a_lost_answer_to_the_second_value_makes_no_third_record() -> None:
    zone = Zone(("www", "A", A))
    zone.lost.add("AddDomainRecord")
    assert run(zone, type="A", values=[A, B]).changed
    assert values(zone, "A") == [A, B]


def test_a_name_in_unicode_is_found_in_either_script() -> None:
    for stored in ("\u5546\u5e97", "xn--czrs0t"):
        zone = Zone((stored, "A", A))
        for wanted in ("\u5546\u5e97", "XN--CZRS0T"):
            assert not run(zone, rr=wanted, type="A", value=A).changed


def weighted(**weights: int) -> dict[str, Any]:
    values = {"a": A, "b": B, "c": C}
    return {
        "type": "A",
        "weighted_values": [{"value": values[name], "weight": weight} for name, weight in weights.items()],
    }


def weights(zone: Zone) -> dict[str, int | None]:
    return {record["Value"]: zone.shown(record).get("Weight") for record in zone.records.values()}


SET, ADD, WEIGH = "set_dnsslbstatus", "add_domain_record", "update_dnsslbweight"


@pytest.mark.parametrize("rr", ["www", "@"])
@pytest.mark.parametrize(
    ("there", "options", "actions", "after"),
    [
        ([], weighted(a=90, b=10), [ADD, ADD, SET, WEIGH, WEIGH], {A: 90, B: 10}),
        ([A], weighted(a=90, b=10), [ADD, SET, WEIGH, WEIGH], {A: 90, B: 10}),
        ([A, B], weighted(b=2, a=1), [SET, WEIGH, WEIGH], {A: 1, B: 2}),
        ([A, B, C], weighted(a=3, b=3) | {"purge": True}, ["delete_domain_record", SET, WEIGH, WEIGH], {A: 3, B: 3}),
        ([A, B], {"type": "A", "value": A, "weight": 5}, [SET, WEIGH], {A: 5, B: 1}),
        ([A, B], {"type": "A", "values": [A, B], "weight": 5}, [SET, WEIGH, WEIGH], {A: 5, B: 5}),
        ([A, B], {"type": "A", "values": [A, B], "weighted": True}, [SET], {A: 1, B: 1}),
    ],
)
def test_weights_are_given(
    rr: str, there: list[str], options: dict[str, Any], actions: list[str], after: dict[str, int]
) -> None:
    zone = Zone(*((rr, "A", value) for value in there))
    options = {"rr": rr, **options}
    checked = run(zone, check=True, **options)
    assert writes(zone) == []
    done = run(zone, **options)
    assert sorted(done.actions) == sorted(actions)
    assert done.actions == checked.actions
    assert weights(zone) == after
    assert done.after["weighted"] is True
    assert [each["weight"] for each in [done.after, *done.after["others"]]] == list(
        {value: after[value] for value in [done.after["value"], *sorted(set(after) - {done.after["value"]})]}.values()
    )
    assert not run(zone, **options).changed
    assert zone.warnings == []


def test_weights_are_disabled_only_when_that_is_said() -> None:
    zone = Zone(("www", "A", A), ("www", "A", B))
    run(zone, **weighted(a=3, b=7))
    zone.calls.clear()
    assert not run(zone, type="A", values=[A, B]).changed
    assert zone.named("DescribeDNSSLBSubDomains") == []
    assert run(zone, **weighted(a=3, b=8)).actions == [WEIGH]
    assert run(zone, type="A", values=[A, B], weighted=False).actions == [SET]
    assert weights(zone) == {A: None, B: None}
    assert not run(zone, type="A", values=[A, B], weighted=False).changed


def test_a_lost_answer_to_a_weight_does_no_harm() -> None:
    zone = Zone(("www", "A", A))
    zone.lost |= {"AddDomainRecord", "SetDNSSLBStatus", "UpdateDNSSLBWeight"}
    assert run(zone, **weighted(a=3, b=7)).changed
    assert weights(zone) == {A: 3, B: 7}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (weighted(a=0, b=1), "The weight of 192.0.2.1 is 0"),
        (weighted(a=101, b=1), "is 101"),
        (weighted(a=1), "2 values, and the name has 1"),
        (weighted(a=1, b=1) | {"enabled": False}, "Paused"),
        (weighted(a=1, b=1) | {"rr": "*"}, "wildcard"),
        ({"type": "TXT", "values": ["a", "b"], "weight": 2}, "type TXT have no weights"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_what_has_no_weights(options: dict[str, Any], words: str, check: bool) -> None:
    zone = Zone()
    with pytest.raises(RefusedError, match=words):
        run(zone, check=check, **options)
    assert writes(zone) == []
