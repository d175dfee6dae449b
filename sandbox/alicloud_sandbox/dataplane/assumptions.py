# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the data plane had to choose because nothing public says what ALB does: ``(key, text, source)``.

``source`` names what the choice rests on. The documentation of the sandbox lists these beside those of the control
plane.
"""

from __future__ import annotations

_NGINX = "behaviour of Nginx, from which ALB's engine descends; ALB's own is not documented"
_API = "ALB 2020-06-16, CreateListener, XForwardedForConfig"

ASSUMPTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "dataplane.refusal",
        "A client without a certificate, or with one that the CA of the listener did not sign, completes the TLS "
        "handshake and is answered with HTTP 400. The documentation says only that the connection is refused.",
        _NGINX,
    ),
    (
        "dataplane.trust_anchor",
        "The CA certificate of a listener is the only trust anchor, be it a root or a sub CA: clients of a sibling sub "
        "CA are refused. Client chains may be three certificates deep below it.",
        "help page manage-certificates: a self-signed root CA or a self-signed sub CA can be uploaded",
    ),
    (
        "dataplane.revocation",
        "A revoked client certificate is still accepted: the API has no parameter for revocation lists or OCSP.",
        "ALB 2020-06-16, CreateListener: no such parameter",
    ),
    (
        "dataplane.sessions",
        "TLS sessions are not resumed: every connection is verified against the current CA of the listener.",
        "choice of the sandbox; session resumption would not change who is let in",
    ),
    (
        "dataplane.sni",
        "The server certificate is chosen by SNI among the DNS names of the certificates (the earlier one wins), else "
        "the default one is shown; an RSA and an ECC certificate of the same names form a pair. On a listener with "
        "several certificates and mutual authentication, a Host that belongs to another certificate than the SNI gets "
        "HTTP 421.",
        _NGINX,
    ),
    (
        "dataplane.ciphers",
        "Cipher suites that the OpenSSL of this machine does not have (SM2, often 3DES) are left out of a policy.",
        "Nginx is linked with the OpenSSL of this machine",
    ),
    (
        "dataplane.quic",
        "QUIC listeners exist in the control plane only: nothing answers on their UDP port.",
        "Nginx has QUIC from 1.25 on, and only with a TLS library that distributions rarely build it with",
    ),
    (
        "dataplane.certificate_headers",
        "The four client certificate headers carry Nginx's $ssl_client_s_dn and $ssl_client_i_dn (RFC 2253), "
        "$ssl_client_fingerprint (SHA-1, lower-case hex) and $ssl_client_verify (SUCCESS).",
        _API + ": names of the headers; the format of their values is not documented",
    ),
    (
        "dataplane.disabled_headers",
        "A header that is not enabled passes from the client to the server as it is.",
        _API + ": said of X-Forwarded-For only",
    ),
    (
        "dataplane.client_source_ips",
        "XForwardedForClientSourceIpsEnabled has no effect: it only chooses the address for rate limits by source.",
        _API,
    ),
    (
        "dataplane.backend_certificates",
        "The certificates of HTTPS servers are not verified, and they are connected to without SNI.",
        _NGINX,
    ),
    (
        "dataplane.no_server",
        "503 when the group has no server with a weight above zero, 502 when none can be connected to; when all are "
        "unhealthy, traffic goes to all of them.",
        _NGINX,
    ),
    (
        "dataplane.sticky",
        "Sticky sessions of type Insert set the cookie alb_sticky with every answer, with CookieTimeout as its age. A "
        "client whose server is gone or unhealthy gets another one. Sticky sessions of type Server have no effect.",
        "ALB 2020-06-16, CreateServerGroup; the name of the cookie is not documented",
    ),
    (
        "dataplane.health",
        "A new server counts as Initial and gets traffic until its first checks are in; the first success makes it "
        "normal. A TLS handshake that fails counts as CONNECT_FAILED.",
        "ALB 2020-06-16, GetListenerHealthStatus: names of the states and reasons only",
    ),
    (
        "dataplane.immediate",
        "A change is served when the job of the listener is done; the documentation warns of one to three minutes for "
        "certificates.",
        "help page create-and-manage-listeners",
    ),
)
