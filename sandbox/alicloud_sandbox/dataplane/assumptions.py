# SPDX-License-Identifier: GPL-3.0-or-later
"""Assumptions of the data plane: behaviour of ALB that no public document describes.

Documented, and so no assumptions: that clients are verified on every connection (help page
deploy-https-mutual-authentication-through-alb-ingress of ACK); that XForwardedForClientSourceIpsEnabled only chooses
the address for rate limits by source (SDK 1.3.3, CreateListener); that traffic goes to all servers when all are
unhealthy (help page alb-health-check, en 2026-03-23).
"""

from __future__ import annotations

from ..assumptions import assume

_NGINX = "behaviour of Nginx, from which ALB's engine descends; ALB's own is not documented"
_API = "ALB 2020-06-16, CreateListener, XForwardedForConfig"
_RULES = "ALB 2020-06-16, CreateRule"
_GROUPS = "ALB 2020-06-16, CreateServerGroup"

_ASSUMPTIONS: tuple[tuple[str, ...], ...] = (
    (
        "dataplane.refusal",
        "A client without a certificate, or with one that the CA of the listener did not sign, completes the TLS "
        "handshake and is answered with HTTP 400. The documentation says only that the connection is refused.",
        _NGINX,
        "unknown",
        "2026-11-25",
        "curl without a certificate: the exit status, and the HTTP status if there is one",
    ),
    (
        "dataplane.trust_anchor",
        "The CA certificate of a listener is the only trust anchor, be it a root or a sub CA: clients of a sibling sub "
        "CA are refused. Client chains may be three certificates deep below it.",
        "help page manage-certificates (zh, document_detail/209076): a self-signed root or a self-signed sub-root "
        "CA; how deep a chain may be is not said",
        "unknown",
        "2026-11-25",
        "openssl s_client with a chain of four certificates below the root",
    ),
    (
        "dataplane.revocation",
        "A revoked client certificate is still accepted: the API has no parameter for revocation lists or OCSP.",
        "ALB 2020-06-16, CreateListener: no such parameter",
        "unknown",
        "2026-11-25",
        "curl with a certificate whose CRL is published and names it",
    ),
    (
        "dataplane.sessions",
        "TLS sessions are not resumed, neither by tickets nor by a cache, so that the client is verified every time. "
        "Nginx does so only with both switched off: from a session in a shared cache, or of a ticket whose key is in a "
        "file, it takes the outcome of the earlier verification, and lets a client in that a new CRL lists.",
        "help page deploy-https-mutual-authentication-through-alb-ingress of ACK: the client is verified on every "
        "connection; of sessions nothing is said. Nginx 1.22: tried with TLS 1.2 and 1.3",
        "unknown",
        "2026-11-26",
        "openssl s_client with a client certificate and -sess_out, and again with -sess_in: New or Reused",
    ),
    (
        "dataplane.sni",
        "The server certificate is chosen by SNI among the DNS names of the certificates (the earlier one wins), else "
        "the default one is shown; an RSA and an ECC certificate of the same names form a pair. On a listener with "
        "several certificates and mutual authentication, a Host that belongs to another certificate than the SNI gets "
        "HTTP 421.",
        _NGINX,
        "unknown",
        "2026-11-25",
        "curl with a Host of another certificate than the name in the handshake",
    ),
    (
        "dataplane.ciphers",
        "Cipher suites that the OpenSSL of this machine does not have (SM2, often 3DES) are left out of a policy.",
        "Nginx is linked with the OpenSSL of this machine",
        "choice",
    ),
    (
        "dataplane.quic",
        "QUIC listeners exist in the control plane only: nothing answers on their UDP port.",
        "Nginx has QUIC from 1.25 on, and only with a TLS library that distributions rarely build it with",
        "choice",
    ),
    (
        "dataplane.certificate_headers",
        "The four client certificate headers carry Nginx's $ssl_client_s_dn and $ssl_client_i_dn (RFC 2253), "
        "$ssl_client_fingerprint (SHA-1, lower-case hex) and $ssl_client_verify (SUCCESS). The sandbox writes other "
        "forms on demand: names with slashes, fingerprints in capital letters and with colons (alicloud-sandbox "
        "certificate-headers). Nginx has no SHA-256 of them.",
        _API + ": names of the headers; the format of their values is not documented",
        "unknown",
        "2026-11-25",
        "curl with a certificate, and the headers as a server behind receives them",
    ),
    (
        "dataplane.disabled_headers",
        "A header that is not enabled passes from the client to the server as it is.",
        _API + ": said of X-Forwarded-For only",
        "unknown",
        "2026-11-25",
        "curl with X-Forwarded-Clientcert-subjectdn: me, and the headers as a server behind receives them",
    ),
    (
        "dataplane.backend_certificates",
        "The certificates of HTTPS servers are not verified, and they are connected to without SNI.",
        _NGINX,
        "unknown",
        "2026-11-25",
        "openssl s_server as a server behind: the SNI it is shown, and whether its self-signed certificate is taken",
    ),
    (
        "dataplane.no_server",
        "503 when the group has no server with a weight above zero, 502 when none can be connected to.",
        _NGINX,
        "unknown",
        "2026-11-25",
        "curl to a listener whose group has no server",
    ),
    (
        "dataplane.sticky",
        "Sticky sessions of type Insert set the cookies SERVERID and SERVERCORSID (the second one for requests from "
        "other sites: SameSite=None; Secure) with every answer, with CookieTimeout as their age. Either of them is "
        "enough. A client whose server is gone or unhealthy gets another one.",
        _GROUPS + ", and help page configure-session-persistence-1: the names; values and attributes are not "
        "documented",
        "unknown",
        "2026-11-25",
        "curl to a group with sticky sessions: Set-Cookie",
    ),
    (
        "dataplane.sticky_server",
        "Sticky sessions of type Server leave the cookie of the application as it is, where ALB rewrites it. When a "
        "server sets it, a second cookie (alb_sticky_ and eight digits, until the browser is closed) goes along, and a "
        "client with both stays with that server.",
        _GROUPS + ": the cookie is rewritten; Nginx cannot",
        "choice",
    ),
    (
        "dataplane.hash",
        "With the scheduler Uch, or Sch and UchConfig, the parameter is hashed as it is sent, undecoded; a request "
        "without it goes to any server.",
        _GROUPS + ": requests with the same parameter go to the same server",
        "unknown",
        "2026-11-25",
        "curl with the parameter encoded in two ways",
    ),
    (
        "dataplane.drain",
        "A request in flight can end when its server is removed or unhealthy, whether or not connection draining "
        "is enabled; a request that lasts longer than every RequestTimeout and ConnectionDrainTimeout is cut off. "
        "ALB may cut it off at once where draining is not enabled.",
        _GROUPS + ", ConnectionDrainConfig: connections go on for that long when it is enabled",
        "unknown",
        "2026-11-25",
        "a download that lasts while its server is removed",
    ),
    (
        "dataplane.slow_start",
        "Slow start has no effect: a new server gets its full share at once.",
        "Nginx has slow start in its commercial edition only",
        "choice",
    ),
    (
        "dataplane.keep_alive",
        "Before a change is served, answers ask clients for up to half a second to close their connections "
        "(Connection: close), so that no request meets a closing connection. The connection of a silent client is "
        "closed.",
        "choice of the sandbox; what ALB does with connections that are kept alive is not documented",
        "choice",
    ),
    (
        "dataplane.health",
        "A new server counts as Initial and gets traffic until as many checks in a row as the thresholds say have "
        "passed or failed. A TLS handshake that fails counts as CONNECT_FAILED.",
        "help page alb-health-check (2026): the thresholds; whether Initial gets traffic is not documented",
        "unknown",
        "2026-11-25",
        "GetListenerHealthStatus right after AddServersToServerGroup, and curl meanwhile",
    ),
    (
        "dataplane.health_grpc",
        "A gRPC health check calls grpc.health.v1.Health/Check without TLS, or HealthCheckPath when that is not /. The "
        "status of gRPC has to be one of HealthCheckCodes, and the standard service has to say SERVING.",
        _GROUPS + ": codes and methods; what is called is not documented",
        "unknown",
        "2026-11-25",
        "the log of a gRPC server behind",
    ),
    (
        "dataplane.rule_patterns",
        "In conditions, * is any text, the empty one too, and ? any one byte. Hosts and paths that begin with ~ are "
        "regular expressions, those behind ~* whatever the case, and fit where they are found: ^ and $ hold them. Else "
        "upper and lower case count in paths, methods and status codes only. Paths are decoded and normalised before "
        "they are compared; query strings and cookies are not. Hosts are compared without their port. What is absent "
        "does not match *.",
        _RULES + ": wildcards, that regular expressions begin with ~, and that paths are case-sensitive; the ingress "
        "controller of ALB sends ~* and a path; the rest is not documented",
        "unknown",
        "2026-11-25",
        "curl to a rule with the path /a* and one with ~^/a",
    ),
    (
        "dataplane.rule_underscores",
        "A header with an underscore in its name reaches servers and conditions only if a rule of the listener names "
        "such a header.",
        _NGINX,
        "unknown",
        "2026-11-25",
        "curl with a header a_b, and the headers as a server behind receives them",
    ),
    (
        "dataplane.rule_weights",
        "Each request is dealt to a server group at random, by weight. A group without a server answers 503 for its "
        "share. Sticky sessions between groups have a cookie per rule, alb_group_ and twelve digits.",
        _RULES + ": weights and sticky sessions; how is not documented",
        "unknown",
        "2026-11-25",
        "curl to a rule with two groups and sticky sessions: Set-Cookie",
    ),
    (
        "dataplane.rule_redirect",
        "The port is left out of a redirect where it is the usual one; ${path} and ${query} are as the client "
        "sent them.",
        "ALB 2020-06-16, CreateRule: the parts and their defaults; how they are written is not documented",
        "unknown",
        "2026-11-25",
        "curl to a redirect to port 443: Location",
    ),
    (
        "dataplane.rule_rewrite",
        "In the path of a rewrite, ${path} is decoded and normalised, and * and ? stand for themselves.",
        _NGINX,
        "unknown",
        "2026-11-25",
        "curl with %2F in a path that is rewritten, and the path as a server behind receives it",
    ),
    (
        "dataplane.rule_limit",
        "TrafficLimit lets in as many requests as it says at once, and then one each 1/QPS seconds; the others are "
        "answered with 503. Requests that CORS answers are not counted.",
        _NGINX,
        "unknown",
        "2026-11-25",
        "many requests at once to a rule with TrafficLimit: the status",
    ),
    (
        "dataplane.rule_mirror",
        "A mirrored request has the headers of the one that is forwarded, and the path and query that the client sent; "
        "its answer is thrown away. Requests that are redirected or answered at once are not mirrored.",
        _RULES + ": TrafficMirror to server groups",
        "unknown",
        "2026-11-25",
        "the log of a server that requests are mirrored to",
    ),
    (
        "dataplane.rule_cors",
        "A preflight request of an allowed origin is answered with 204 and reaches no server. Headers of servers about "
        "CORS are replaced. A request of another origin is forwarded without such headers.",
        _RULES + ", CorsConfig; the answers are not documented",
        "unknown",
        "2026-11-25",
        "curl -X OPTIONS with Origin and Access-Control-Request-Method: the status",
    ),
    (
        "dataplane.rule_insert",
        "InsertHeader leaves a header of the same name as the client sent it, be it once or several times, unless "
        "CoverEnabled is true. For responses the header is the one that the server sent.",
        "ALB 2020-06-16, UpdateRuleAttribute: false, which does not overwrite, is the default; of several headers and "
        "of responses nothing is said",
        "unknown",
        "2026-11-25",
        "curl with a header that a rule inserts, and the headers as a server behind receives them",
    ),
    (
        "dataplane.rule_response",
        "Rules for responses see the answers of server groups only, not fixed ones and redirects, and the first that "
        "matches counts. Of a header that such a rule names and a server sends several times, one line is left when no "
        "rule changes it (Nginx before 1.23: the first; later: all, joined by commas). The headers Server and Date are "
        "Nginx's own and stay. A fixed response in a rule for responses has no effect.",
        _NGINX,
        "unknown",
        "2026-11-25",
        "curl to a listener with a redirect and a rule for responses",
    ),
    (
        "dataplane.trace",
        "Every request to a server has the header ALICLOUD-ALB-TRACE, in place of the client's, with the id of the "
        "load balancer and an id of the request as its value. A request with such a header of the same load balancer "
        "is a loop and answered with 463; one of another load balancer is forwarded.",
        "help page alb-status-codes (2025-11-15): the name of the header, and 463 for loops; its value, and what "
        "counts as a loop, are not documented",
        "unknown",
        "2026-11-25",
        "curl with the header ALICLOUD-ALB-TRACE as a server behind received it: the status",
    ),
    (
        "dataplane.immediate",
        "A change is served when the job of the listener is done; the documentation warns of one to three minutes for "
        "certificates.",
        "ALB takes longer: one to three minutes for certificates (help page create-and-manage-listeners), 5 to 10 "
        "seconds (terraform-provider-alicloud pull request 4796, 2022-03-28)",
        "choice",
    ),
)

for _each in _ASSUMPTIONS:
    assume(*_each)
