# SPDX-License-Identifier: GPL-3.0-or-later
"""A place for keys is an absolute path outside of the collections, in every option of every module."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.filter.faults import name_faults, path_faults
from ansible_collections.alicloud.mtls.plugins.module_utils._arguments import paths
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.fakes.running import ACCEPTED, MODULES, constructed, run
from tests.unit.pki.make import make_ca, make_client, make_server, revoke

COLLECTION = "/srv/ansible_collections/alicloud/mtls"

# None: it is a place for keys.
PLACES: list[tuple[Any, str | None]] = [
    ("/srv/pki", None),
    ("/srv/../srv/pki/", None),
    (f"{COLLECTION}/../../../pki", None),
    ("/srv/my_ansible_collections/pki", None),
    (None, "is empty"),
    ("", "is empty"),
    (" \n", "is empty"),
    (5, "not a value of type int"),
    ("None", "a variable without a value"),
    ("null", "a variable without a value"),
    ("pki", "relative"),
    ("./pki", "relative"),
    ("../pki", "relative"),
    ("None/pki", "relative"),
    ("~nobody-of-this-name/pki", "relative"),
    ("/srv/pki ", "blank"),
    (" /srv/pki", "blank"),
    ("/srv/pki\n", "line break"),
    ("/srv/p\u2028ki", "line break"),
    ("/srv/p\0ki", "control character"),
    ("/srv/caf\udce9", "octet 0xE9 is not UTF-8: give the file or directory another name"),
    ("$NO_SUCH_VARIABLE/pki", "no environment variable $NO_SUCH_VARIABLE"),
    ("/srv/${NO_SUCH_VARIABLE}/pki", "no environment variable ${NO_SUCH_VARIABLE}"),
    (COLLECTION, "among the installed collections"),
    (f"{COLLECTION}/playbooks/pki", "among the installed collections"),
    (f"/srv/x/..{COLLECTION[4:]}/pki", "among the installed collections"),
    ("/srv/ansible_collections", "among the installed collections"),
]


@pytest.mark.parametrize(("path", "words"), PLACES)
def test_places(path: Any, words: str | None) -> None:
    found = paths.fault(path)
    assert found is None if words is None else words in (found or "")


def test_links_that_lead_there(tmp_path: Path) -> None:
    (tmp_path / "ansible_collections/a/b").mkdir(parents=True)
    (tmp_path / "link").symlink_to("ansible_collections/a/b")
    assert "among the installed" in (paths.fault(str(tmp_path / "link/new/pki")) or "")
    assert paths.fault(str(tmp_path / "pki")) is None


def test_filters_for_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/home")
    monkeypatch.setenv("PLACE", "/srv")
    assert path_faults({"a": "~/pki", "b": "$PLACE/pki"}) == []
    assert path_faults({"a": "", "b": None}, optional=True) == []
    several = {"a": ["/srv/pki", "pki"], "b": []}
    assert path_faults(several, optional=True) == [f"a[1] is 'pki', which is relative. {paths.HINT}"]
    assert len(path_faults(several)) == 2
    assert path_faults({"a": "pki"}) == [f"a is 'pki', which is relative. {paths.HINT}"]
    own = os.path.realpath(f"{os.path.dirname(__file__)}/../../../playbooks/pki")
    assert "in this collection" in path_faults({"a": own})[0]
    assert name_faults({"a": "shop"}) == []
    assert name_faults({"a": "x"}) == name_faults({"a": "x"}, "alb") != []


def places(spec: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, option in spec.items():
        if "path" in (option["type"], option.get("elements")):
            yield (*above, name)
        yield from places(option.get("options") or {}, (*above, name))


def given(path: tuple[str, ...], spec: dict[str, Any], value: str) -> Any:
    """Arguments that hold ``value`` in the option ``path``, in the shape of ``spec``."""
    option = spec[path[0]]
    found = given(path[1:], option["options"], value) if path[1:] else value
    return {path[0]: [found] if option["type"] == "list" else found}


def required(spec: dict[str, Any]) -> dict[str, Any]:
    words = {"str": "word", "path": "/srv/x", "dict": {"common_name": "a"}, "list": []}
    return {name: words[option["type"]] for name, option in spec.items() if option.get("required")}


# Judged client by client, so that one of them does not stop the others.
ONE_BY_ONE = {("clients", "csr_path"), ("clients", "pkcs12_passphrase_path")}
EVERYWHERE = [(module, path) for module in MODULES for path in places(constructed(module)[1])]
# Others are missing, exclude one another, or belong together: that is said first, and the path when they are right.
BESIDE: dict[str, dict[str, Any]] = {
    "cas_certificate": {"state": "absent"},
    "certificate_info": {"content": "word"},
    "cas_ca_certificate": {"state": "absent"},
    "cas_ca_certificate_info": {"repository": "word"},
    **{f"pca_{each}": {"ca_name": "word"} for each in ("client_certificate", "crl", "server_certificate")},
}


@pytest.mark.parametrize(("module", "path"), EVERYWHERE, ids=str)
@pytest.mark.parametrize("value", ["pki", "", "null", f"{COLLECTION}/pki", "$NO_SUCH_VARIABLE/pki"])
def test_every_option(module: str, path: tuple[str, ...], value: str) -> None:
    spec = constructed(module)[1]
    arguments = {**required(spec), **BESIDE.get(module, {}), **given(path, spec, value)}
    if path[0] in ("identities", "made_by", "clients", "issuer", "cross_sign"):
        arguments = complete(path, spec, arguments)
    result, _text = run(module, arguments)
    if path in ONE_BY_ONE:
        assert result["msg"] == ACCEPTED
        return
    assert result.get("failed"), arguments
    assert path[-1] in result["msg"]
    # What is empty may be told in the words that hold for every list.
    assert "{{ inventory_dir }}/pki" in result["msg"] or (value == "" and "the value is missing" in result["msg"])


def complete(path: tuple[str, ...], spec: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """What else the dictionary with the path has to have."""
    inner = spec[path[0]]["options"]
    held = arguments[path[0]]
    item = held[0] if isinstance(held, list) else held
    more = {"name": "a", "common_name": "b", "path": "/srv/x", "ca_certificate_path": "/srv/x"}
    if path[-1] == "private_key_path":
        more["certificate_path"] = "/srv/x"
    item = {**{name: value for name, value in more.items() if name in inner and name not in path[1:]}, **item}
    kept = {name for name, option in inner.items() if option.get("required")} | {path[-1]}
    kept |= {"certificate_path"} if path[-1] == "private_key_path" else set()
    item = {name: value for name, value in item.items() if name in kept}
    return {**arguments, path[0]: [item] if isinstance(held, list) else item}


@pytest.mark.parametrize("path", ["pki", "", f"{COLLECTION}/pki"])
def test_the_engine_writes_nowhere_else(path: str, ca: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text: Any = path  # as it is, where a Path would have become another one
    work: list[Callable[[], object]] = [
        lambda: make_ca(text),
        lambda: make_client(text),
        lambda: make_client(ca, path=path),
        lambda: make_client(ca, clients=[{"name": "a", "common_name": "a", "csr_path": path}]),
        lambda: make_client(ca, clients=[{"name": "a", "common_name": "a", "pkcs12_passphrase_path": path}]),
        lambda: make_server(ca, path=path),
        lambda: make_ca(tmp_path / "below", issuer={"path": path}),
        lambda: make_ca(tmp_path / "below", cross_sign={"path": path}),
        lambda: revoke(ca, {"path": path}),
    ]
    before = sorted(tmp_path.rglob("*"))
    for each in work:
        with pytest.raises(CertificateError) as error:
            each()
        assert error.value.code == "invalid_path"
    assert sorted(tmp_path.rglob("*")) == before
