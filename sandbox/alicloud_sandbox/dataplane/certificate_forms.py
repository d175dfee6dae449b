# SPDX-License-Identifier: GPL-3.0-or-later
"""How the headers of a listener write the details of a client's certificate.

The real forms are unknown (assumption dataplane.certificate_headers), so a test can choose others: those that other
programs write. Nginx knows no SHA-256 fingerprint of a client, so there is none.
"""

from __future__ import annotations

from ..topology import CertificateForms, Fact
from .quoting import Declarations, block, variable

NAMES = {"rfc2253": "", "slashes": "_legacy"}  # end of Nginx's variables
FINGERPRINTS = ("small", "capital", "small_colons", "capital_colons")
_FINGERPRINT, _DIGITS = "$ssl_client_fingerprint", 40
_VARIABLES = {
    Fact.CERTIFICATE_SUBJECT: "$ssl_client_s_dn",
    Fact.CERTIFICATE_ISSUER: "$ssl_client_i_dn",
    Fact.CERTIFICATE_FINGERPRINT: _FINGERPRINT,
    Fact.CERTIFICATE_VERIFICATION: "$ssl_client_verify",
}


def forms(values: dict[str, str]) -> CertificateForms:
    """Returns the forms with these names. Raises ValueError or TypeError for unknown ones."""
    found = CertificateForms(**values)
    if found.names not in NAMES:
        raise ValueError(f"names has to be one of {', '.join(NAMES)}")
    if found.fingerprint not in FINGERPRINTS:
        raise ValueError(f"fingerprint has to be one of {', '.join(FINGERPRINTS)}")
    return found


def value(fact: Fact, wanted: CertificateForms, declared: Declarations) -> str:
    """Returns a fact about a client's certificate as Nginx writes it."""
    if fact in (Fact.CERTIFICATE_SUBJECT, Fact.CERTIFICATE_ISSUER):
        return _VARIABLES[fact] + NAMES[wanted.names]
    if fact is Fact.CERTIFICATE_FINGERPRINT and wanted.fingerprint != "small":
        return _fingerprint(wanted.fingerprint, declared)
    return _VARIABLES[fact]


def _fingerprint(form: str, declared: Declarations) -> str:
    """Returns a variable with the fingerprint, which is put together from its digits, in another form."""
    case, _underscore, colons = form.partition("_")
    name = variable("fingerprint", form)
    digits = [f"{name}_{number}" for number in range(_DIGITS)]
    shown = []
    for digit in digits:
        shown.append(f"${{{digit}}}")
        if case == "capital":
            capitals = [f"{letter} {letter.upper()};" for letter in "abcdef"]
            declared[f"{digit}_c"] = block(f"map ${digit} ${digit}_c", [f"default ${digit};", *capitals])
            shown[-1] = f"${{{digit}_c}}"
    pairs = ["".join(shown[index : index + 2]) for index in range(0, _DIGITS, 2)]
    pattern = "".join(f"(?<{digit}>.)" for digit in digits)
    joined = (":" if colons else "").join(pairs)
    declared[name] = block(f"map {_FINGERPRINT} ${name}", ['default "";', f'"~^{pattern}$" "{joined}";'])
    return f"${name}"


FACTS = frozenset(_VARIABLES)
