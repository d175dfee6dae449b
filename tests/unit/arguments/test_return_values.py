# SPDX-License-Identifier: GPL-3.0-or-later
"""A module and the one of the same name with ``_info`` document the same resource in the same words."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import yaml

from tests.unit.fakes.running import MODULES

Documented = dict[str, dict[str, Any]]
PAIRS = [module for module in MODULES if f"{module}_info" in MODULES]


def returned(module: str) -> Documented:
    found: Documented = yaml.safe_load(
        importlib.import_module(f"ansible_collections.alicloud.mtls.plugins.modules.{module}").RETURN
    )
    return found


def resource(values: Documented) -> Documented:
    """Return the documented keys of the resource: of the first value that has any."""
    return next(value["contains"] for value in values.values() if "contains" in value)


def text(value: dict[str, Any]) -> str:
    """Return the description; an option of the other module is written like one of the module's own."""
    said = value["description"]
    return re.sub(r"alicloud\.mtls\.\w+#module:", "", " ".join(said) if isinstance(said, list) else said)


@pytest.mark.parametrize("module", PAIRS)
def test_the_same_in_the_same_words(module: str) -> None:
    """One of the two texts may go on: without an option, some values are not looked up."""
    ours, theirs = resource(returned(module)), resource(returned(f"{module}_info"))
    both = ours.keys() & theirs.keys()
    assert len(both) > 4
    for key in both:
        one, other = ours[key], theirs[key]
        for field in ("type", "elements", "sample", "returned"):
            assert one.get(field) == other.get(field), f"{key}: {field}"
        short, long = sorted((text(one), text(other)), key=len)
        assert long.startswith(short.rstrip(".")), key
        if "contains" in one and "contains" in other:
            assert one["contains"] == other["contains"], key


# By module: keys of one of the two, each with a reason.
ONLY_OF_THE_MODULE = {
    "alb_listener": {"additional_certificate_ids"},  # the other has all of them, in ``certificates``
    "ca": {"private_key_path", "chain_path", "changed", "reasons"},  # of the files that it writes, and why
    "cas_ca_certificate": {"name"},  # the option; the service keeps none
    "dns_record": {"others", "weighted"},  # the list has them; asked for by options about weights
}
ONLY_OF_THE_INFORMATION = {
    "alb_listener": {"certificates", "health"},  # asked for by an option
    "alb_security_policy": {"system", "listeners"},  # the module makes none of the system's
    "alb_server_group": {"load_balancer_ids"},
    "ca": {"uris", "public_key_sha256", "issued"},
    "cas_ca_certificate": {"public_key_sha256", "same_key"},
    "cas_certificate": {"domains", "listeners", "status", "uploaded", "uploaded_name"},  # for a choice among several
    "dns_record": {"answered"},  # asked for by an option
}


@pytest.mark.parametrize("module", PAIRS)
def test_the_same_keys(module: str) -> None:
    ours, theirs = resource(returned(module)).keys(), resource(returned(f"{module}_info")).keys()
    assert ours - theirs == ONLY_OF_THE_MODULE.get(module, set())
    assert theirs - ours == ONLY_OF_THE_INFORMATION.get(module, set())


@pytest.mark.parametrize("module", PAIRS)
def test_errors_are_documented_alike(module: str) -> None:
    ours, theirs = returned(module), returned(f"{module}_info")
    errors = {name for name, value in theirs.items() if value["returned"] == "failure"}
    assert errors
    for name in errors:
        assert {**ours[name], "sample": None} == {**theirs[name], "sample": None}


@pytest.mark.parametrize("module", [module for module in MODULES if "request_id" in returned(module)])
def test_a_failed_request_is_documented_alike(module: str) -> None:
    """By every module that calls the cloud, those without a partner included."""
    ours, those_of_a_listener = returned(module), returned("alb_listener")
    for name in ("http_status", "request_id", "recommend", "hint"):
        assert {**ours[name], "sample": None} == {**those_of_a_listener[name], "sample": None}


@pytest.mark.parametrize("service", ["", "pca_"])
def test_certificates_of_clients_and_servers_are_documented_alike(service: str) -> None:
    """When a value is returned depends on options that only one of them has."""
    client, server = (resource(returned(f"{service}{kind}_certificate")) for kind in ("client", "server"))
    both = client.keys() & server.keys()
    assert len(both) > 10
    for key in both:
        for field in ("description", "type", "elements", "contains"):
            assert client[key].get(field) == server[key].get(field), f"{key}: {field}"
