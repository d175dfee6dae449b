# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of operations and parameters has no gap, and its page is that of this code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools import parameters
from tools.operations import LEFT_OUT


@pytest.fixture(scope="module")
def there() -> parameters.Universe:
    return parameters.universe()


def test_everything_is_supported_or_left_out_with_a_reason(there: parameters.Universe) -> None:
    assert list(parameters.faults(there)) == []


def test_page_is_up_to_date() -> None:
    assert parameters.PAGE.read_text(encoding="utf-8") == parameters.page(), "run: make docs"


def test_what_the_sdk_gains_is_a_gap(there: parameters.Universe) -> None:
    more = {**there, "CreateListener": [*there["CreateListener"], "Novelty.N.Key"], "NewOperation": ["Key"]}
    assert list(parameters.faults(more)) == [
        "CreateListener Novelty.N.Key: is not an option",
        "NewOperation: no module calls it",
    ]


def test_what_is_left_out_is_not_supported_and_is_there(
    there: parameters.Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = ("CreateListener ListenerPort", "DeleteListener", "DeleteListener Gone")
    monkeypatch.setattr(parameters, "LEFT_OUT", {**LEFT_OUT, "for a test": stale})
    assert list(parameters.faults(there)) == [
        "CreateListener ListenerPort: is left out, and is an option",
        "DeleteListener: is left out, and a module calls it",
        "DeleteListener Gone: is left out, and is not there",
    ]


def test_an_option_of_the_module_is_what_makes_a_parameter_supported(
    there: parameters.Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_http2(module: str) -> dict[str, Any]:
        return {name: spec for name, spec in known(module).items() if name != "http2"}

    known = parameters.options_of
    monkeypatch.setattr(parameters, "options_of", without_http2)
    assert list(parameters.faults(there)) == [
        "CreateListener Http2Enabled: is not an option",
        "UpdateListenerAttribute Http2Enabled: is not an option",
    ]


@pytest.mark.parametrize(
    ("operation", "parameter", "module", "option"),
    [
        ("CreateLoadBalancer", "ZoneMappings.N.VSwitchId", "alb_load_balancer", "zone_mappings.vswitch_id"),
        ("AddServersToServerGroup", "Servers.N.Weight", "alb_server_group", "servers.weight"),
        ("CreateListener", "Certificates.N.CertificateId", "alb_listener", "certificate_ids"),
        ("UpdateListenerLogConfig", "AccessLogTracingConfig.TracingType", "alb_listener", "access_log.tracing_type"),
        ("CreateRule", "RuleActions.N.Order", "alb_rule", "actions"),
        ("CreateRule", "RuleConditions.N.HeaderConfig.Key", "alb_rule", "conditions.header.key"),
        ("ListLoadBalancers", "VpcIds.N", "alb_load_balancer_info", "vpc_ids"),
    ],
)
def test_options_by_parameter(
    there: parameters.Universe, operation: str, parameter: str, module: str, option: str
) -> None:
    found = parameters.sources(operation, there[operation])
    assert found is not None
    assert found[parameter][module] == option


def test_the_official_metadata_is_compared(
    there: parameters.Universe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    item = {"type": "object", "properties": {"Key": {"type": "string"}, "Values": {"type": "array", "items": {}}}}
    document: dict[str, Any] = {
        "info": {"product": "Alb"},
        "operations": {name: {"parameters": {}} for name in there if name not in ("DeleteListener", "NewOperation")},
    }
    document["operations"]["DeleteListener"] = {
        "parameters": {"ListenerId": {"type": "string"}, "New": {"type": "array", "items": item}}
    }
    (tmp_path / "alb.json").write_text(json.dumps(document))
    assert parameters.metadata(tmp_path)["DeleteListener"] == ["ListenerId", "New.N.Key", "New.N.Values.N"]
    assert parameters.main(["--metadata", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "DeleteListener New.N.Key: is not an option",
        "DeleteListener New.N.Values.N: is not an option",
    ]
