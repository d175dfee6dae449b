# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is shown or logged, whatever is wrong with the arguments of whichever module."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._arguments import module as arguments
from ansible_collections.alicloud.mtls.plugins.module_utils._arguments.secrets import HIDDEN

from tests.unit.fakes.running import ACCEPTED, MODULES, constructed, run

MARK = "ZXQW"
# The same secret as words have it, and as messages may spell it otherwise.
SECRETS = (f"{MARK}plain", f"{MARK} it's \"\\ = , {{é}}\n{MARK}: second line of it")
_LABEL = "PRIVATE KEY-----"
KEY = f"-----BEGIN {_LABEL}\n{MARK}IIEvQIBADANBgkqhkiG9w0\n//{MARK}//x\n-----END {_LABEL}\n"
Path = tuple[str, ...]


def sample(name: str, option: dict[str, Any], secret: str) -> Any:
    """A value of the right shape, with ``secret`` in every secret option."""
    kind = option["type"]
    if kind == "list":
        return [sample(name, {**option, "type": option["elements"]}, secret)]
    if option.get("no_log"):
        return secret
    if kind == "dict":
        return {key: sample(key, inner, secret) for key, inner in option.get("options", {}).items()}
    if option.get("choices"):
        return option["choices"][0]
    return {"bool": True, "int": 7, "float": 1.5, "path": "/nowhere", "str": "word"}[kind]


def options_of(spec: dict[str, Any], above: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    for name, option in spec.items():
        yield (*above, name), option
        yield from options_of(option.get("options") or {}, (*above, name))


def holder(arguments_: Any, path: Path) -> dict[str, Any]:
    """The dictionary in which the last of ``path`` is."""
    for name in path[:-1]:
        arguments_ = arguments_[name]
        arguments_ = arguments_[0] if isinstance(arguments_, list) else arguments_
    assert isinstance(arguments_, dict)
    return arguments_


def wrong_values(right: Any) -> list[Any]:
    """What a user may write instead of ``right``: as text, in other brackets, one level too deep, with a slip."""
    first = right[0] if isinstance(right, list) else right
    given = first if isinstance(first, dict) else {"name": first}
    pairs = " ".join(f"{name}={value}" for name, value in given.items())
    return [
        *("abc", "", None, True, 7, -1, 1e300, "a,b", {}, [], [None], [""]),
        *(first, [first], [[first]], {"x": right}, [{"x": right}], {"x": {"y": right}}, str(right), [str(right)]),
        *(pairs, f"{pairs} word", f"{pairs} x=y", f"word {pairs}", f"{pairs}, {pairs}"),
        *(json.dumps(right), json.dumps(right)[:-1], json.dumps([right]), f"[{pairs}]"),
        *([{**given, "slip": first}], {**given, "slip": first}, KEY, [KEY], {"x": KEY}),
    ]


def shape(path: Path, option: dict[str, Any]) -> tuple[Any, ...]:
    """What the check of an option's value depends on."""
    said = ("type", "elements", "required", "no_log")
    return len(path), *(option.get(key) for key in said), *(bool(option.get(key)) for key in ("choices", "options"))


def mistakes(spec: dict[str, Any], secret: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield arguments with one mistake each, and what it is.

    Every wrong value is tried on one option of each shape, and on all of them with EXPLORE. On every option, with the
    plain secret: a structure in place of the value, a private key, nothing, and a name that is nearly right.
    """

    def full() -> dict[str, Any]:
        return {name: sample(name, option, secret) for name, option in spec.items()}

    yield "everything at once", full()
    yield "slip", {**full(), "acess_key_secret": secret}
    shapes = set()
    for path, option in options_of(spec):
        right = sample(path[-1], option, secret)
        thorough = "EXPLORE" in os.environ or shape(path, option) not in shapes
        shapes.add(shape(path, option))
        if not thorough and secret != SECRETS[0]:
            continue
        for value in wrong_values(right) if thorough else ({"x": right}, KEY):
            given = full()
            holder(given, path)[path[-1]] = value
            yield f"{'.'.join(path)}: {value!r}", given
        given = full()
        del holder(given, path)[path[-1]]
        yield f"without {'.'.join(path)}", given
        given = full()
        holder(given, path)[f"{path[-1]}_"] = secret
        yield f"{'.'.join(path)}_", given


@pytest.mark.parametrize("module", MODULES)
def test_no_mistake_shows_a_secret(module: str) -> None:
    _kind, spec = constructed(module)
    for secret in SECRETS:
        for what, given in mistakes(spec, secret):
            result, text = run(module, given)
            assert MARK not in text, f"{what}\n{result['msg']}"
            assert result["msg"]


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_of_this_class(module: str) -> None:
    kind, spec = constructed(module)
    assert kind is arguments.AnsibleModule
    # What its name calls a secret has to be marked, or to say that it is none.
    for path, option in options_of(spec):
        if any(word in path[-1] for word in ("passphrase", "secret", "token", "password", "private_key")):
            named = path[-1].endswith(("_path", "_src", "_file", "_name", "_generate_passphrases"))
            assert option.get("no_log") is True or named, path


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", ["ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"])
@pytest.mark.parametrize("more", [{"zone_mappings": "abc"}, {"slip": 1}, {"state": "x"}, {}])
def test_secrets_of_the_environment(
    name: str, secret: str, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, secret)
    assert MARK not in run("alb_load_balancer", {"name": "web", "description": secret, **more})[1]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("alb_load_balancer", {"name": "x", "zone_mappings": "abc"}, "zone_mappings[0] has to be a dictionary with"),
    ("alb_load_balancer", {"name": "x", "zone_mappings": {"zone_id": "a"}}, "zone_mappings has to be a list, not a d"),
    ("alb_load_balancer", {"name": ["x"]}, "name has to be a value of type str, not a list"),
    ("alb_load_balancer", {"name": "x", "vpc_id": {"region": "y"}}, "vpc_id has to be a value of type str, not a dict"),
    (
        "alb_load_balancer",
        {"name": "x", "security_group_ids": ["sg-1", None]},
        "security_group_ids[1]: the value is missing",
    ),
    ("alb_load_balancer", {"name": "x", "security_group_ids": "sg-1,"}, "security_group_ids[1]: the value is missing"),
    ("alb_load_balancer", {"name": "x", "access_key_secret": {"a": "b"}}, "access_key_secret has to be a text."),
    ("alb_load_balancer", {"name": "x", "access_key_secret": True}, "access_key_secret has to be a text."),
    ("alb_load_balancer", {"name": "x", "access_key_secret": "a\nb"}, "access_key_secret holds a line break"),
    ("alb_load_balancer", {"name": "x", "acess_key_secret": "a"}, "Unsupported parameters for (alb_load_balancer)"),
    ("certificate_info", {"paths": ["/x"], "passphrases": {"a": "b"}}, "passphrases has to be a list of texts"),
    ("ca", {"path": "/x", "subject": "abc"}, "subject has to be a dictionary with options of these: country_name"),
    ("ca", {"path": "/x", "subject": "common_name=a b"}, "subject has to be a dictionary with options of these"),
    ("ca", {"path": "/x", "subject": {"common_name": "a\u2028b"}}, "subject.common_name 'a\\u2028b' holds a line br"),
]


@pytest.mark.parametrize(("module", "given", "message"), REFUSED)
def test_what_is_refused(module: str, given: dict[str, Any], message: str) -> None:
    result, _text = run(module, given)
    assert result["failed"]
    assert message in result["msg"]


ACCEPTED_FORMS: list[tuple[str, dict[str, Any]]] = [
    ("ca", {"path": "/x", "subject": "common_name=root", "issuer": "path=/x passphrase=S"}),
    ("ca", {"path": "~/x", "subject": '{"common_name": "root"}', "passphrase": 1234}),
    ("certificate_info", {"paths": "/x,/y", "passphrases": "first-one,second-one"}),
    ("alb_load_balancer", {"name": "x", "zone_mappings": [{"zone_id": "a", "vswitch_id": "b"}], "tags": {"a": 1}}),
]


@pytest.mark.parametrize(("module", "given"), ACCEPTED_FORMS)
def test_what_is_accepted(module: str, given: dict[str, Any]) -> None:
    result, _text = run(module, given)
    assert result["msg"] == ACCEPTED
    shown = result["invocation"]["module_args"]
    for name, option in constructed(module)[1].items():
        assert not option.get("no_log") or shown[name] in (None, HIDDEN)
