# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules against a real Nginx and real servers: curl says which rule matched first, and what it did."""

from __future__ import annotations

import json
import random
import time
import typing as t
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alicloud_sandbox.topology import (
    Action,
    AllowOrigins,
    Balancing,
    Condition,
    Fact,
    Forward,
    HeaderOfRequest,
    InsertHeader,
    LimitRate,
    Mirror,
    Redirect,
    RemoveHeader,
    Rewrite,
    Rule,
    ServerGroup,
    Subject,
)

from sandbox.tests.support import wait_until
from sandbox.tests.world import OFF, World, curl, fixed, make_world, to

ROUTES: list[Rule] = []  # of the module's one listener; every case has a Host of its own
CASES: list[t.Any] = []


def on(host: str, *conditions: Condition, do: tuple[Action, ...], for_responses: bool = False) -> Rule:
    """A rule for one host; the first one that is made has the highest priority."""
    number = len(ROUTES) + 1
    rule = Rule(f"rule-{number}", number, (Condition(Subject.HOST, (host,)), *conditions), do, for_responses)
    ROUTES.append(rule)
    return rule


def case(name: str, condition: Condition, hits: list[t.Any], misses: list[t.Any]) -> None:
    """Adds options of curl (or paths) that match the condition, and others that do not."""
    on(f"{name}.test", condition, do=(fixed("hit"),))
    for wanted, many in (("hit", hits), ("one", misses)):
        for number, options in enumerate(many):
            path, *rest = [options] if isinstance(options, str) else options
            CASES.append(pytest.param(f"{name}.test", path, rest, wanted, id=f"{name}-{wanted}-{number}"))


def header(value: str) -> tuple[str, ...]:
    return ("/", "-H", value)


case(
    "path",
    Condition(Subject.PATH, ("/exact", "/tree/*", "/v?/x")),
    ["/exact", "/tree/", "/tree/a/b?q", "/v1/x", "/a/../exact"],
    ["/Exact", "/exact/", "/tree", "/v12/x", "/v/x", "/"],
)
case(
    "regex",
    Condition(Subject.PATH, (r"~^/v[0-9]+/(a|b)$", r"~*\.PNG$")),
    ["/v12/a", "/v1/b?q", "/x/y.png", "/Y.pnG"],
    ["/V1/a", "/v/a", "/v1/ab", "/x.png/y", "/"],
)
case("dots", Condition(Subject.PATH, ("/a.b+(c)|[d]$",)), ["/a.b+(c)%7C%5Bd%5D$"], ["/aXb+(c)%7C%5Bd%5D$"])
case(
    "header",
    Condition(Subject.HEADER, ("green*", "b?ue"), key="x-color"),
    [header("X-Color: greenish"), header("X-Color: BLUE")],
    ["/", header("X-Color: blau"), header("X-Other: green")],
)
case("any-header", Condition(Subject.HEADER, ("*",), key="x-color"), [header("X-Color: a")], ["/"])
case("low_header", Condition(Subject.HEADER, ("1",), key="x_low"), [header("X_Low: 1")], ["/"])
case(
    "query",
    Condition(Subject.QUERY, pairs=(("color", "red"), ("n*", "a?c"))),
    ["/?color=red", "/?a=1&COLOR=Red&b=2", "/?number=abc", "/?n=a.c"],
    ["/?color=redder", "/?xcolor=red", "/?color=", "/?number=abbc", "/", "/?n=ac&x=abc"],
)
case("method", Condition(Subject.METHOD, ("PUT", "DELETE")), [("/", "-X", "PUT"), ("/", "-X", "DELETE")], ["/"])
case(
    "cookie",
    Condition(Subject.COOKIE, pairs=(("session", "a*"),)),
    [("/", "-b", "session=abc"), ("/", "-b", "x=1; session=a")],
    ["/", ("/", "-b", "session=bac"), ("/", "-b", "mysession=a"), ("/", "-b", "x=session=a")],
)
case("source", Condition(Subject.SOURCE, ("127.0.0.1", "10.0.0.0/8")), ["/"], [("/", "--interface", "127.0.0.9")])
case("block", Condition(Subject.SOURCE, ("127.0.0.8/29",)), [("/", "--interface", "127.0.0.9")], ["/"])
on("*.Wild.test", do=(fixed("wild"),))
on(r"~^re[0-9]+\.(one|two)\.example$", do=(fixed("regex"),))
on("~*^ANY[.]example$", do=(fixed("any case"),))
on("on?.test", do=(fixed("single"),))
CASES += [
    pytest.param(host, "/", [], wanted, id=f"host-{host}")
    for host, wanted in (
        ("a.wild.test", "wild"),
        ("A.B.WILD.TEST:81", "wild"),
        ("wild.test", "one"),
        ("a.wild.test.com", "one"),
        ("re1.two.example", "regex"),
        ("RE1.two.example", "regex"),
        ("re.two.example", "one"),
        ("re1.three.example", "one"),
        ("any.example", "any case"),
        ("anyone.example", "one"),
        ("one.test", "single"),
        ("on.test", "one"),
    )
]
BOTH = (Condition(Subject.PATH, ("/a",)), Condition(Subject.METHOD, ("GET", "PUT")))
on("and.test", *BOTH, do=(fixed("both"),))
on("and.test", BOTH[0], do=(fixed("path alone"),))
on("and.test", Condition(Subject.PATH, ("/*",)), do=(fixed("any path"),))
CASES += [
    pytest.param("and.test", "/a", [], "both", id="and-all"),
    pytest.param("and.test", "/a", ["-X", "PUT"], "both", id="and-other-value"),
    pytest.param("and.test", "/a", ["-X", "POST"], "path alone", id="and-next-priority"),
    pytest.param("and.test", "/b", [], "any path", id="and-last-priority"),
]

# -- actions -----------------------------------------------------------------------------------------------------------

HOSTILE = """"; } return 418; '`\\"\\\\ ${host} $uri @DIR@ {x} #x \\n\t\r\n é 中\N{ZERO WIDTH SPACE}~* %s"""
on("redirect.test", do=(Redirect(308, "https", port=443),))
on(
    "redirect-all.test",
    do=(
        Redirect(
            302,
            host="www.example.com",
            port=8443,
            path="/x/${host}${path}",
            query="from=${protocol}&p=${port}&$uri",
        ),
    ),
)
on("fixed.test", do=(fixed('{"a": 1}', 404, "application/json"),))
on("hostile.test", do=(fixed(HOSTILE),))
on("empty.test", do=(fixed("", 503),))
on("teapot.test", do=(fixed("tea", 444),))
on("two.test", do=(to("sgp-two"),))
on("nobody.test", do=(to("sgp-empty"),))
on("rewrite.test", do=(Rewrite("inside.example.com", "/new/$uri${path}", "a=b&h=${host}"), to("sgp-two")))
on("requery.test", do=(Rewrite(query="only=this"), to("sgp-two")))
on("keep.test", do=(Rewrite(host="inside.example.com"), to("sgp-two")))
FACTS = {
    "ClientSrcPort": Fact.CLIENT_PORT,
    "ClientSrcIp": Fact.CLIENT_ADDRESS,
    "Protocol": Fact.PROTOCOL,
    "SLBId": Fact.LOAD_BALANCER_ID,
    "SLBPort": Fact.LISTENER_PORT,
}
on(
    "headers.test",
    do=(
        InsertHeader("X-User", "a $host \\ ' { } # é*?", overwrite=True),
        InsertHeader("X-Ref", HeaderOfRequest("x-sent")),
        *(InsertHeader(f"X-{name}", fact) for name, fact in FACTS.items()),
        RemoveHeader("X-Gone"),
        InsertHeader("X-Unless", "absent"),
        to("sgp-two"),
    ),
)
on("limit.test", do=(LimitRate(3, 2), fixed("let in")))
on("limit-two.test", do=(LimitRate(1), to("sgp-two")))
on("mirror.test", do=(Mirror(("sgp-two",)), InsertHeader("X-Mirrored", "1"), to("sgp-1")))
on("weights.test", do=(Forward((("sgp-1", 70), ("sgp-two", 30), ("sgp-empty", 0))),))
on("some-empty.test", do=(to("sgp-two", "sgp-empty"),))
on("all-zero.test", do=(Forward((("sgp-1", 0), ("sgp-two", 0))),))
on("stay.test", do=(to("sgp-1", "sgp-two", sticky=77),))
CORS = AllowOrigins(
    ("https://*.example.com", "http://a.test:81"),
    methods=("GET", "PUT"),
    headers=("x-a", "x-b"),
    exposed_headers=("x-c",),
    credentials=True,
    max_age=600,
)
on("cors.test", do=(CORS, to("sgp-two")))
on("cors-any.test", do=(AllowOrigins(("*",), methods=("GET",)), fixed("open")))

REWRITE = Rewrite(path="/new")
on("rewrite-nobody.test", do=(REWRITE, to("sgp-empty")))
on("rewrite-some.test", do=(REWRITE, to("sgp-two", "sgp-empty")))
on("rewrite-cors.test", do=(REWRITE, CORS, to("sgp-two")))

# -- responses ---------------------------------------------------------------------------------------------------------

on(
    "reply.test",
    Condition(Subject.RESPONSE_STATUS, ("404", "5??")),
    do=(InsertHeader("X-Verdict", "sorry ${host}"), RemoveHeader("X-Backend")),
    for_responses=True,
)
on(
    "reply.test",
    Condition(Subject.RESPONSE_HEADER, ("t*",), key="x-backend"),
    Condition(Subject.PATH, ("/get*",)),
    do=(InsertHeader("X-Backend", "hidden", overwrite=True), InsertHeader("X-From", Fact.CLIENT_ADDRESS)),
    for_responses=True,
)
on("reply.test", do=(Rewrite(), to("sgp-two")))


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A listener with all the rules of this module. The group of the listener has the server one, sgp-two has two."""
    with make_world(tmp_path_factory.mktemp("ruled")) as world:
        one, two = world.backends
        world.group = replace(world.group, servers=(one.as_server(),))
        world.others = (
            ServerGroup("sgp-two", "HTTP", Balancing.ROUND_ROBIN, (two.as_server(),), OFF),
            ServerGroup("sgp-empty", "HTTP", Balancing.ROUND_ROBIN, (), OFF),
        )
        world.apply(protocol="HTTP", certificates=(), rules=tuple(random.Random(1).sample(ROUTES, len(ROUTES))))
        yield world


def ask(world: World, host: str, path: str = "/", *options: str) -> tuple[int, str]:
    return curl(world.url + path.removeprefix("/"), "--path-as-is", "-g", "-H", f"Host: {host}", *options)


def seen(world: World, host: str, path: str = "/", *options: str) -> dict[str, t.Any]:
    """Returns the request as the server received it."""
    status, body = ask(world, host, path, *options)
    assert status == 200, (status, body)
    found: dict[str, t.Any] = json.loads(body)
    return found


def headers(world: World, host: str, path: str = "/", *options: str) -> tuple[int, dict[str, str]]:
    """Returns status and headers of an answer, names in lower case."""
    status, text = ask(world, host, path, "--dump-header", "-", "--output", "/dev/null", *options)
    lines = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return status, {name.lower(): value.strip() for name, value in lines}


@pytest.mark.parametrize(("host", "path", "options", "wanted"), CASES)
def test_conditions(ruled: World, host: str, path: str, options: list[str], wanted: str) -> None:
    status, body = ask(ruled, host, path, *options)
    assert status == 200
    assert (json.loads(body)["server"] if body.startswith("{") else body) == wanted


def test_redirects(ruled: World) -> None:
    port = ruled.listener.port
    status, found = headers(ruled, "Redirect.Test:80", "/a%20b/?x=%22&y")
    assert (status, found["location"]) == (308, "https://redirect.test/a%20b/?x=%22&y")
    assert headers(ruled, "redirect.test", "/")[1]["location"] == "https://redirect.test/"
    status, found = headers(ruled, "redirect-all.test", "/p?q=1")
    wanted = f"http://www.example.com:8443/x/redirect-all.test/p?from=http&p={port}&$uri"
    assert (status, found["location"]) == (302, wanted)


def test_fixed_responses(ruled: World) -> None:
    assert ask(ruled, "fixed.test", "/page.html") == (404, '{"a": 1}')
    assert headers(ruled, "fixed.test", "/page.html")[1]["content-type"] == "application/json"
    assert ask(ruled, "empty.test") == (503, "")
    assert ask(ruled, "teapot.test") == (444, "tea")
    status, body = curl(ruled.url, "-H", "Host: hostile.test", "--output", str(ruled.directory / "body"))
    assert (status, (ruled.directory / "body").read_bytes()) == (200, HOSTILE.encode()), body


def test_forwarding_to_other_groups(ruled: World) -> None:
    assert seen(ruled, "two.test", "/a%2Fb?c")["path"] == "/a%2Fb?c"
    assert seen(ruled, "two.test", "/")["server"] == "two"
    assert seen(ruled, "two.test", "/", "-d", "x" * 5000)["length"] == 5000
    assert ask(ruled, "nobody.test")[0] == 503
    assert ask(ruled, "all-zero.test")[0] == 503


def test_weights_between_groups(ruled: World) -> None:
    urls = [ruled.url] * 200
    _status, output = curl(ruled.url, "-H", "Host: weights.test", *urls[1:])
    counted = Counter("one" if '"one"' in part else "two" for part in output.split('"server"')[1:])
    assert sum(counted.values()) == 200
    assert 110 < counted["one"] < 170  # 140 expected; four and a half standard deviations
    statuses = Counter(ask(ruled, "some-empty.test")[0] for _ in range(30))
    assert set(statuses) == {200, 503}


def test_a_client_stays_with_its_group(ruled: World, tmp_path: Path) -> None:
    assert {seen(ruled, "stay.test")["server"] for _ in range(30)} == {"one", "two"}
    jar = str(tmp_path / "jar")
    first = seen(ruled, "stay.test", "/", "--cookie-jar", jar)["server"]
    assert [seen(ruled, "stay.test", "/", "--cookie", jar)["server"] for _ in range(10)] == [first] * 10
    age = Path(jar).read_text().splitlines()[-1].split("\t")[4]
    assert 0 < int(age) - time.time() <= 77


def test_rewrites(ruled: World) -> None:
    found = seen(ruled, "rewrite.test", "/old%20path?gone=1")
    assert (found["path"], found["headers"]["Host"]) == (
        "/new/$uri/old%20path?a=b&h=rewrite.test",
        "inside.example.com",
    )
    assert seen(ruled, "requery.test", "/old%20path?gone=1")["path"] == "/old%20path?only=this"
    assert seen(ruled, "keep.test", "/a%2Fb?c=%20")["path"] == "/a%2Fb?c=%20"


def test_conditions_count_before_a_rewrite(ruled: World) -> None:
    """Nginx stops to evaluate conditions at a rewrite."""
    assert ask(ruled, "rewrite-nobody.test")[0] == 503
    preflight = ("-X", "OPTIONS", "-H", "Access-Control-Request-Method: PUT", "-H", "Origin: http://a.test:81")
    assert headers(ruled, "rewrite-cors.test", "/", *preflight)[0] == 204
    assert seen(ruled, "rewrite-cors.test")["path"] == "/new"
    statuses = Counter(ask(ruled, "rewrite-some.test")[0] for _ in range(30))
    assert set(statuses) == {200, 503}


def test_headers_for_servers(ruled: World) -> None:
    found = seen(ruled, "headers.test", "/", "-H", "X-Sent: here", "-H", "X-Gone: x", "-H", "X-User: forged")["headers"]
    assert found.pop("X-ClientSrcPort").isdigit()
    assert {name: value for name, value in found.items() if name.startswith("X-") and name != "X-Forwarded-For"} == {
        "X-User": "a $host \\ ' { } # é*?".encode().decode("latin-1"),
        "X-Ref": "here",
        "X-Unless": "absent",
        "X-Sent": "here",
        "X-ClientSrcIp": "127.0.0.1",
        "X-Protocol": "HTTP",
        "X-SLBId": "alb-1",
        "X-SLBPort": str(ruled.listener.port),
    }
    found = seen(ruled, "headers.test", "/", "-H", "X-Unless: present")["headers"]
    assert ("X-Ref" in found, found["X-Unless"]) == (False, "present")


def test_limits(ruled: World) -> None:
    """One process of curl, which ends within the first second."""

    def statuses(host: str, *options: str) -> Counter[str]:
        more = [word for _ in range(5) for word in ("--output", "/dev/null", ruled.url)]
        _status, text = curl(ruled.url, "--output", "/dev/null", "-H", f"Host: {host}", *options, *more)
        return Counter([*text.split(), str(_status)])

    assert statuses("limit.test") == {"200": 2, "503": 4}
    assert statuses("limit.test", "--interface", "127.0.0.9")["200"] in (1, 2)  # what the first client left of three
    assert statuses("limit-two.test") == {"200": 1, "503": 5}


def test_mirrored_requests(ruled: World) -> None:
    two = ruled.backends[1]
    two.requests.clear()
    body = "x" * (2 << 20)  # more than Nginx keeps in memory
    (ruled.directory / "large").write_text(body)
    assert seen(ruled, "mirror.test", "/m?a=%20", "-d", f"@{ruled.directory}/large")["server"] == "one"
    wait_until(lambda: two.requests, "the mirrored request")
    mirrored = two.requests[0]
    assert (mirrored["path"], mirrored["length"], mirrored["headers"]["X-Mirrored"]) == ("/m?a=%20", len(body), "1")
    assert mirrored["headers"]["Host"] == "mirror.test"
    assert ask(ruled, "two.test", "/.alicloud-sandbox/mirror/x")[0] == 200


def test_cross_origin_requests(ruled: World) -> None:
    preflight = ("-X", "OPTIONS", "-H", "Access-Control-Request-Method: PUT", "-H")
    status, found = headers(ruled, "cors.test", "/", *preflight, "Origin: https://shop.example.com")
    allowed = {name.removeprefix("access-control-"): value for name, value in found.items() if "access-control" in name}
    assert (status, found["vary"]) == (204, "Origin")
    assert allowed == {
        "allow-origin": "https://shop.example.com",
        "allow-methods": "GET, PUT",
        "allow-headers": "x-a, x-b",
        "max-age": "600",
        "allow-credentials": "true",
        "expose-headers": "x-c",
    }
    status, found = headers(ruled, "cors.test", "/", "-H", "Origin: http://a.test:81")
    assert (status, found["access-control-allow-origin"]) == (200, "http://a.test:81")
    assert "access-control-allow-methods" not in found
    for options in (("-H", "Origin: https://example.org"), ("-H", "Origin: https://shop.example.com.evil"), ()):
        status, found = headers(ruled, "cors.test", "/", *options)
        assert status == 200
        assert not any("access-control" in name for name in found)
    status, found = headers(ruled, "cors-any.test", "/", "-H", "Origin: https://anywhere")
    assert (status, found["access-control-allow-origin"], "vary" in found) == (200, "*", False)


def test_rules_for_responses(ruled: World) -> None:
    two = ruled.backends[1]
    two.reply_headers = {"X-Backend": "two", "X-Plain": "stays"}
    try:
        _, found = headers(ruled, "reply.test", "/other")
        assert (found["x-backend"], found["x-plain"]) == ("two", "stays")
        assert not {"x-verdict", "x-from"} & set(found)
        _, found = headers(ruled, "reply.test", "/get")
        assert (found["x-backend"], found["x-from"]) == ("hidden", "127.0.0.1")
        for code in (404, 503):
            two.status = code
            status, found = headers(ruled, "reply.test", "/get")
            assert (status, found["x-verdict"], "x-backend" in found) == (code, "sorry ${host}", False)
        two.status = 405
        assert "x-verdict" not in headers(ruled, "reply.test", "/other")[1]
    finally:
        two.status, two.reply_headers = 200, {}


def test_rules_let_nobody_in_whom_the_listener_keeps_out(world: World) -> None:
    rule = Rule("open", 1, (Condition(Subject.PATH, ("/*",)),), (fixed("come in"),))
    world.apply(protocol="HTTP", certificates=(), rules=(rule,), refused_networks=("127.0.0.8/29",))
    assert curl(world.url) == (200, "come in")
    assert curl(world.url, "--interface", "127.0.0.9")[0] == 403
    world.apply(refused_networks=(), allowed_networks=("127.0.0.8/29",))
    assert curl(world.url)[0] == 403
    assert curl(world.url, "--interface", "127.0.0.9") == (200, "come in")


def test_groups_of_rules_have_their_health_checked(ruled: World) -> None:
    assert {item.server_group_id for item in ruled.plane.health()} == {"sgp-1", "sgp-two"}


def test_many_rules(world: World) -> None:
    rules = [Rule(str(at), at, (Condition(Subject.PATH, (f"/{at // 2}",)),), (fixed(str(at)),)) for at in range(1, 302)]
    world.apply(protocol="HTTP", certificates=(), rules=tuple(rules))
    assert [curl(f"{world.url}{path}") for path in (0, 7, 99, 150)] == [(200, str(at)) for at in (1, 14, 198, 300)]
    assert world.answer()["server"]
