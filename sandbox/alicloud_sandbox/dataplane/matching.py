# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions of forwarding rules as maps, and which rule of a listener is the first whose conditions hold.

A condition is a variable that is 1 or 0; a rule is one that is its number or empty. Nginx evaluates them when they are
asked for: those of requests when a location is chosen, those of responses when the headers of the answer are sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..patterns import regex
from ..topology import Condition, Rule
from .errors import DataPlaneError
from .quoting import Declarations, block, found, header_variable, network, quoted, variable

# The path as it was asked for, decoded and normalised; $uri is changed by rewrites.
PATH = "$path_asked"

_MANY = 100

# A regular expression, or one with the sign of Nginx that says whether case counts.
_Regex = str | tuple[str, str]


def first_match(rules: tuple[Rule, ...], declared: Declarations) -> str:
    """A variable that is ``N;``, N being the index of the first rule that matches, or empty.

    Raises DataPlaneError for conditions that there are not.
    """
    numbers = []
    for index, rule in enumerate(rules):
        holding = [_condition(rule.direction, condition, declared) for condition in rule.conditions]
        name = variable("matches", index, *holding)
        yes = '"' + "1" * len(holding) + f'" "{index};";'
        declared[name] = block(f'map "{"".join(holding)}" ${name}', ['default "";', yes])
        numbers.append(f"${name}")
    return _first(numbers, declared)


def _first(numbers: list[str], declared: Declarations) -> str:
    """The first of these variables that is not empty; not all in one map, as the source of a map has to be short."""
    if len(numbers) > _MANY:
        parts = [numbers[start : start + _MANY] for start in range(0, len(numbers), _MANY)]
        return _first([_first(part, declared) for part in parts], declared)
    return found("".join(numbers), r"^(?<%s>\d+;)", declared)


def whole(value: str) -> str:
    """A regular expression for exactly a value in which * is any text and ? any character."""
    return rf"\A{_wildcards(value)}\z"


def _wildcards(value: str, anything: str = ".") -> str:
    signs = {"*": f"{anything}*", "?": anything}
    return "".join(signs.get(sign) or re.escape(sign) for sign in value)


def _values(condition: Condition) -> Iterator[str]:
    return map(whole, condition.values)


def _patterns(condition: Condition) -> Iterator[_Regex]:
    """Wildcards, or regular expressions: behind ~ as they are written, behind ~* whatever the case."""
    yield from (regex(value) or whole(value) for value in condition.values)


def _pairs(separator: str, blank: str) -> Callable[[Condition], Iterator[str]]:
    """Key and value somewhere among others that a separator divides."""

    def regexes(condition: Condition) -> Iterator[str]:
        for key, value in condition.pairs:
            name, content = _wildcards(key, f"[^={separator}]"), _wildcards(value, f"[^{separator}]")
            yield f"(?:^|{separator}){blank}{name}={content}{blank}(?:{separator}|$)"

    return regexes


def _header(prefix: str) -> Callable[[Condition], str]:
    return lambda condition: header_variable(prefix, condition.key)


# Type of a condition to: the variable that is looked at, whether its case counts, the regular expressions for it.
_LOOKS: dict[str, tuple[Callable[[Condition], str], bool, Callable[[Condition], Iterator[_Regex]]]] = {
    "Host": (lambda _: "$host", False, _patterns),
    "Path": (lambda _: PATH, True, _patterns),
    "Header": (_header("http"), False, _values),
    "QueryString": (lambda _: "$args", False, _pairs("&", "")),
    "Method": (lambda _: "$request_method", True, _values),
    "Cookie": (lambda _: "$http_cookie", False, _pairs(";", r"\s*")),
    "ResponseHeader": (_header("upstream_http"), False, _values),
    "ResponseStatusCode": (lambda _: "$status", True, _values),
}


def _condition(direction: str, condition: Condition, declared: Declarations) -> str:
    # Nginx remembers the value of a map for the whole request: the two directions must not share one.
    name = variable("holds", direction, condition)
    if condition.type == "SourceIp":
        head, lines = f"geo ${name}", [f"{network(value)} 1;" for value in condition.values]
    elif condition.type in _LOOKS:
        source, case_counts, regexes = _LOOKS[condition.type]
        sign = "~" if case_counts else "~*"
        # What is absent does not match, not even *.
        signed = (each if isinstance(each, tuple) else (sign, each) for each in regexes(condition))
        lines = ['"" 0;', *(f"{quoted(''.join(each))} 1;" for each in signed)]
        head = f"map {source(condition)} ${name}"
    else:
        raise DataPlaneError(f"there is no condition of type {condition.type}")
    declared[name] = block(head, ["default 0;", *dict.fromkeys(lines)])
    return f"${name}"
