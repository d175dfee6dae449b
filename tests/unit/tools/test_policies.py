# SPDX-License-Identifier: GPL-3.0-or-later
"""The RAM policies are those of this code, and of no more than it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import parameters, policies
from tools.calls import ROOT, operations
from tools.operations import USES


@pytest.fixture(scope="module")
def generated() -> dict[Path, str]:
    return policies.files()


@pytest.mark.parametrize("path", [*policies.POLICIES, *policies.PAGES], ids=lambda path: path.name)
def test_file_is_up_to_date(generated: dict[Path, str], path: Path) -> None:
    assert path.exists(), "run: make docs"
    assert path.read_text(encoding="utf-8") == generated[path], "run: make docs"


def test_every_file_that_is_generated_is_compared(generated: dict[Path, str]) -> None:
    assert set(generated) <= {*policies.POLICIES, *policies.PAGES}


@pytest.mark.parametrize(
    ("module", "state", "called", "not_called"),
    [
        (
            "alb_listener",
            "present",
            {"alb:CreateListener", "yundun-cert:DescribeWarehouseCert"},
            {"alb:DeleteListener"},
        ),
        ("alb_listener", "absent", {"alb:DeleteListener", "alb:GetListenerAttribute"}, {"alb:CreateListener"}),
        # One whose creation has failed is deleted and made anew; of two that were made at once, one goes.
        ("alb_load_balancer", "present", {"alb:CreateLoadBalancer", "alb:DeleteLoadBalancer"}, {"alb:CreateRule"}),
        ("alb_load_balancer", "absent", {"alb:DeleteLoadBalancer"}, {"alb:UpdateLoadBalancerZones"}),
        # The name of the operation is put together: Attach…To…, Detach…From….
        ("alb_load_balancer", "present", {"alb:AttachCommonBandwidthPackageToLoadBalancer"}, set()),
        ("alb_server_group", "present", {"ecs:DescribeInstances", "alb:ListAsynJobs"}, {"alb:CreateListener"}),
        # Who uses it is looked up before it is removed, and not before it is made.
        ("alb_server_group", "absent", {"alb:ListRules", "alb:DeleteServerGroup"}, {"alb:AddServersToServerGroup"}),
        ("alb_listener", "absent", {"alb:ListListeners"}, {"yundun-cert:DescribeWarehouseCert"}),
        ("cas_certificate", "present", {"yundun-cert:UploadUserCertificate"}, {"alb:ListAsynJobs"}),
        # With purge and replace, other records go.
        ("dns_record", "present", {"alidns:UpdateDomainRecord", "alidns:DeleteDomainRecord"}, {"alb:ListAsynJobs"}),
        ("pca_crl", "present", {"yundun-cert:GetCaInstanceCrlAddress"}, {"yundun-cert:CreateClientCertificate"}),
        ("pca_ca", "present", {"yundun-cert:CreateSubCACertificate"}, {"yundun-cert:DeleteClientCertificate"}),
        ("dns_record", "absent", {"alidns:DeleteDomainRecord"}, {"alidns:AddDomainRecord"}),
    ],
)
def test_what_a_module_calls(module: str, state: str, called: set[str], not_called: set[str]) -> None:
    found = operations(module, state)
    assert called <= found
    assert not not_called & found


def test_the_source_shows_every_operation_that_the_table_of_parameters_has() -> None:
    def missed() -> Iterator[str]:
        for operation, uses in USES.items():
            for use in uses:
                known = operations(use.module, "present") | operations(use.module, "absent")
                if f"alb:{operation}" not in known:
                    yield f"{use.module}: {operation}"

    assert list(missed()) == []


@pytest.mark.parametrize(
    ("module", "operation", "options"),
    [
        (module, operation, options)
        for module, conditions in policies.ONLY_WITH.items()
        for operation, options in conditions.items()
    ],
)
def test_a_condition_is_about_an_operation_and_options_of_the_module(
    module: str, operation: str, options: tuple[str, ...]
) -> None:
    called = operations(module, "present") | operations(module, "absent")
    assert operation in {action.partition(":")[2] for action in called}
    for option in options:
        known = parameters.options_of(module)
        name, _colon, value = option.removeprefix("without ").partition(": ")
        assert not value or value in known[name]["choices"], option
        for step in name.split("."):
            assert step in known, option
            known = known[step].get("options") or {}


@pytest.mark.parametrize("playbook", policies.PLAYBOOKS)
def test_a_policy_names_each_action(playbook: str) -> None:
    for statement in policies.policy(playbook)["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            assert re.fullmatch(r"(alb|alidns|ecs|yundun-cert):[A-Z][A-Za-z0-9]+", action)
            if action.startswith("yundun-cert:"):
                assert statement["Resource"] == "*", "it grants all resources or none"


def test_every_playbook_has_a_policy_or_needs_none() -> None:
    known = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert known == {*policies.PLAYBOOKS, *policies.WITHOUT}
    assert {name: policies.actions(name) for name in policies.WITHOUT} == dict.fromkeys(policies.WITHOUT, frozenset())


@pytest.mark.parametrize("page", policies.PAGES, ids=lambda page: page.name)
def test_a_page_links_each_policy_and_names_the_playbooks_without_one(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (`.*?`) \| (?!✓)(.*) \|$", text, re.MULTILINE))
    for playbook in policies.PLAYBOOKS:
        assert f"(../../examples/ram/{playbook}.json)" in rows[f"`{playbook}`"]
    (without,) = (names for names in rows if "`verify`" in names)
    assert set(re.findall(r"`(\w+)`", without)) == set(policies.WITHOUT)


def test_what_makes_and_what_removes_are_kept_apart() -> None:
    verbs = {
        name: {re.findall(r":([A-Z][a-z]+)", action)[0] for action in policies.actions(name)}
        for name in policies.PLAYBOOKS
    }
    assert verbs["teardown"] <= {"Delete", "Describe", "Disable", "Get", "List"}
    assert "alb:CreateListener" not in policies.actions("rotate_ca"), "it changes a listener that is there"
    # It deletes what it made twice or in vain, and the redirect from HTTP that is switched off; never the name.
    assert "alidns:DeleteDomainRecord" not in policies.actions("site")
