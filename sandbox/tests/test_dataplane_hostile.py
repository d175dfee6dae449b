# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that would change the meaning of a configuration if they could."""

from __future__ import annotations

import random
import typing as t
from collections.abc import Iterator
from dataclasses import replace

import pytest
from alicloud_sandbox.dataplane import DataPlaneError
from alicloud_sandbox.topology import (
    Action,
    AllowOrigins,
    Balancing,
    Condition,
    FixedResponse,
    InsertHeader,
    Redirect,
    RemoveHeader,
    Rewrite,
    Rule,
    Subject,
)

from sandbox.tests.world import World, curl, fixed, make_world, to

SIGNS = """"'`\\$ {};#*?~|()[]^+.=&%aA\n\r\t\x01\x7fé中"""
PIECES = [*SIGNS, "${host}", "$uri", "~*", "@DIR@", "@BODY@", "%s", "{body}", "\\n", "include"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for the module: most of its tests only render configurations."""
    with make_world(tmp_path_factory.mktemp("hostile")) as made:
        yield made


def hostile(chance: random.Random) -> str:
    return "".join(chance.choices(PIECES, k=chance.randint(1, 12)))


CHANCE = random.Random(20200616)
TEXTS = [hostile(CHANCE) for _ in range(40)] + ["\\", "{", "$", ";", "~", "~*", "*", "?"]
LINES = [text for text in TEXTS if all(ord(sign) >= 32 and ord(sign) != 127 for sign in text)]
ANY = Condition(Subject.PATH, ("/*",))


def test_contents_are_given_back_as_they_are(world: World) -> None:
    texts = [*TEXTS, "$" * 1024, '"' * 1024, "\\" * 1024]
    rules = (
        Rule(str(number), number, (Condition(Subject.PATH, (f"/{number}",)),), (fixed(text),))
        for number, text in enumerate(texts)
    )
    world.apply(protocol="HTTP", certificates=(), rules=tuple(rules))
    body = world.directory / "body"
    for number, text in enumerate(texts):
        body.unlink(missing_ok=True)
        assert curl(f"{world.url}{number}", "--output", str(body))[0] == 200
        assert body.read_bytes() == text.encode(), repr(text)


def test_values_of_conditions_match_themselves(world: World) -> None:
    """Wildcards match themselves as well. Nginx strips the space around the value of a header."""
    texts = [text for line in LINES if (text := line.strip())]
    rules = (
        Rule(str(number), number, (Condition(Subject.HEADER, (text,), key=f"x-{number}"),), (fixed(str(number)),))
        for number, text in enumerate(texts)
    )
    world.apply(protocol="HTTP", certificates=(), rules=tuple(rules))
    for number, text in enumerate(texts):
        assert curl(world.url, "-H", f"X-{number}: {text}") == (200, str(number)), repr(text)
        assert curl(world.url, "-H", f"X-{number}: {text}{text}?")[1] != str(number) or "*" in text, repr(text)


def test_inserted_headers_arrive_as_they_are(world: World) -> None:
    insert = [InsertHeader(f"X-{number}", text) for number, text in enumerate(LINES)]
    world.apply(protocol="HTTP", certificates=(), rules=(Rule("all", 1, (ANY,), (*insert, to("sgp-1"))),))
    found = world.answer()["headers"]
    for number, text in enumerate(LINES):
        assert found[f"X-{number}"].strip() == text.strip(" ").encode().decode("latin-1")


def test_nginx_takes_every_value_wherever_it_is(world: World) -> None:
    conditions = [
        *(Condition(item, tuple(TEXTS)) for item in (Subject.HOST, Subject.PATH, Subject.METHOD)),
        *(Condition(item, pairs=tuple((text, text) for text in TEXTS)) for item in (Subject.QUERY, Subject.COOKIE)),
    ]
    nobody = Condition(Subject.SOURCE, ("192.0.2.1",))
    rules = [Rule(f"when-{at}", at, (nobody, item), (fixed(""),)) for at, item in enumerate(conditions)]
    for number, text in enumerate(LINES):
        actions: tuple[Action, ...] = (
            Redirect(host=text, path=f"/{text}", query=text),
            Rewrite(host=text, path=f"/{text}", query=text),
            AllowOrigins((text,), methods=(text,), headers=(text,)),
        )
        for action in actions:
            name = f"{type(action).__name__}-{number}"
            end = () if isinstance(action, Redirect) else (to("sgp-1"),)
            rules.append(Rule(name, 100 + len(rules), (Condition(Subject.PATH, (f"/{name}",)),), (action, *end)))
    world.group = replace(world.group, balancing=Balancing.HASH, hash_parameter=LINES[0], sticky_cookie=LINES[1])
    world.apply(protocol="HTTP", certificates=(), rules=tuple(rules))
    assert world.answer()["server"]


@pytest.mark.parametrize("text", [text for text in TEXTS if text not in LINES][:8])
def test_a_header_does_not_end_before_its_value(world: World, text: str) -> None:
    insert = InsertHeader("X-A", text)
    with pytest.raises(DataPlaneError, match="control character"):
        world.render(replace(world.listener, rules=(Rule("r", 1, (ANY,), (insert, to("sgp-1"))),)))


@pytest.mark.parametrize(
    ("conditions", "actions"),
    [
        ((Condition(Subject.HEADER, ("a",), key="x {"),), (fixed(""),)),
        ((Condition(Subject.SOURCE, ("any; }",)),), (fixed(""),)),
        ((), ()),
        ((), (to("sgp-1"), FixedResponse(301))),
        ((), (FixedResponse(200, "", "a;b"),)),
        ((), (fixed("\0"),)),
        ((), (Redirect(200),)),
        ((), (Redirect(host="a\r\nSet-Cookie: x"),)),
        ((), (Redirect(scheme="a; }"),)),
        ((), (RemoveHeader("a b"), to("sgp-1"))),
        ((), (to("sgp-none"),)),
    ],
)
def test_what_cannot_be_in_a_configuration_is_refused(world: World, conditions: t.Any, actions: t.Any) -> None:
    with pytest.raises(DataPlaneError):
        world.render(replace(world.listener, rules=(Rule("r", 1, conditions, actions),)))
