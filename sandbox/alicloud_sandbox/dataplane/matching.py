# SPDX-License-Identifier: GPL-3.0-or-later
"""Matching: conditions of forwarding rules as maps, and the first rule of a listener whose conditions hold.

A condition is a variable that is 1 or 0; a rule is a variable that is its number or empty. Nginx evaluates a variable
when it is used: that of a rule for requests when a location is chosen, that of a rule for responses when the headers of
the answer are sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..patterns import regex
from ..topology import Condition, Rule, Subject
from .quoting import Declarations, block, found, header_variable, network, quoted, variable

# The path of the request, decoded and normalised; rewrites change $uri.
PATH = "$path_asked"

_MANY = 100

# A regular expression, or one with the sign of Nginx for case sensitivity.
_Regex = str | tuple[str, str]


def first_match(rules: tuple[Rule, ...], declared: Declarations) -> str:
    """Returns a variable that is ``N;`` for the first rule that matches, N being its index, and empty for none.

    Raises DataPlaneError for values that cannot be in a configuration.
    """
    numbers = []
    for index, rule in enumerate(rules):
        holding = [_condition(rule.for_responses, condition, declared) for condition in rule.conditions]
        name = variable("matches", index, *holding)
        yes = '"' + "1" * len(holding) + f'" "{index};";'
        declared[name] = block(f'map "{"".join(holding)}" ${name}', ['default "";', yes])
        numbers.append(f"${name}")
    return _first(numbers, declared)


def _first(numbers: list[str], declared: Declarations) -> str:
    """Returns the first of these variables that is not empty; with many, over several maps with short sources."""
    if len(numbers) > _MANY:
        parts = [numbers[start : start + _MANY] for start in range(0, len(numbers), _MANY)]
        return _first([_first(part, declared) for part in parts], declared)
    return found("".join(numbers), r"^(?<%s>\d+;)", declared)


def whole(value: str) -> str:
    """Returns a regular expression for exactly a value, in which * is any text and ? any character."""
    return rf"\A{_wildcards(value)}\z"


def _wildcards(value: str, anything: str = ".") -> str:
    signs = {"*": f"{anything}*", "?": anything}
    return "".join(signs.get(sign) or re.escape(sign) for sign in value)


def _values(condition: Condition) -> Iterator[str]:
    return map(whole, condition.values)


def _patterns(condition: Condition) -> Iterator[_Regex]:
    """Yields wildcards and regular expressions: behind ~ the case counts, behind ~* it does not."""
    yield from (regex(value) or whole(value) for value in condition.values)


def _pairs(separator: str, blank: str) -> Callable[[Condition], Iterator[str]]:
    """Returns a function that yields an expression for every key with its value, divided from others by a separator."""

    def regexes(condition: Condition) -> Iterator[str]:
        for key, value in condition.pairs:
            name, content = _wildcards(key, f"[^={separator}]"), _wildcards(value, f"[^{separator}]")
            yield f"(?:^|{separator}){blank}{name}={content}{blank}(?:{separator}|$)"

    return regexes


def _header(prefix: str) -> Callable[[Condition], str]:
    return lambda condition: header_variable(prefix, condition.key)


@dataclass(frozen=True)
class _Match:
    """How a subject is compared: its variable, whether its case counts, and the regular expressions for its values."""

    source: Callable[[Condition], str]
    case_sensitive: bool
    regexes: Callable[[Condition], Iterator[_Regex]]


_MATCHES = {
    Subject.HOST: _Match(lambda _: "$host", False, _patterns),
    Subject.PATH: _Match(lambda _: PATH, True, _patterns),
    Subject.HEADER: _Match(_header("http"), False, _values),
    Subject.QUERY: _Match(lambda _: "$args", False, _pairs("&", "")),
    Subject.METHOD: _Match(lambda _: "$request_method", True, _values),
    Subject.COOKIE: _Match(lambda _: "$http_cookie", False, _pairs(";", r"\s*")),
    Subject.RESPONSE_HEADER: _Match(_header("upstream_http"), False, _values),
    Subject.RESPONSE_STATUS: _Match(lambda _: "$status", True, _values),
}


def _condition(for_responses: bool, condition: Condition, declared: Declarations) -> str:
    """Returns a variable that is 1 when the condition holds, and 0 otherwise."""
    # Nginx remembers the value of a map for the whole request: rules for requests and responses must not share one.
    name = variable("holds", for_responses, condition)
    if condition.subject is Subject.SOURCE:
        head, lines = f"geo ${name}", [f"{network(value)} 1;" for value in condition.values]
    else:
        match = _MATCHES[condition.subject]
        sign = "~" if match.case_sensitive else "~*"
        # An absent value does not match, not even *.
        signed = (item if isinstance(item, tuple) else (sign, item) for item in match.regexes(condition))
        lines = ['"" 0;', *(f"{quoted(''.join(item))} 1;" for item in signed)]
        head = f"map {match.source(condition)} ${name}"
    declared[name] = block(head, ["default 0;", *dict.fromkeys(lines)])
    return f"${name}"
