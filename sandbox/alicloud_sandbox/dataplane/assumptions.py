# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the data plane had to choose because nothing public says what ALB does: ``(key, text, source)``.

``source`` names what the choice rests on. The documentation of the sandbox lists these beside those of the control
plane.
"""

from __future__ import annotations

_NGINX = "behaviour of Nginx, from which ALB's engine descends; ALB's own is not documented"
_API = "ALB 2020-06-16, CreateListener, XForwardedForConfig"
_RULES = "ALB 2020-06-16, CreateRule"
_GROUPS = "ALB 2020-06-16, CreateServerGroup"

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
        "503 when the group has no server with a weight above zero, 502 when none can be connected to.",
        _NGINX,
    ),
    (
        "dataplane.sticky",
        "Sticky sessions of type Insert set the cookies SERVERID and SERVERCORSID (the second one for requests from "
        "other sites: SameSite=None; Secure) with every answer, with CookieTimeout as their age. Either of them is "
        "enough. A client whose server is gone or unhealthy gets another one.",
        _GROUPS + ", and help page configure-session-persistence-1: the names; values and attributes are not "
        "documented",
    ),
    (
        "dataplane.sticky_server",
        "Sticky sessions of type Server leave the cookie of the application as it is, where ALB rewrites it. When a "
        "server sets it, a second cookie (alb_sticky_ and eight digits, until the browser is closed) goes along, and a "
        "client with both stays with that server.",
        _GROUPS + ": the cookie is rewritten; Nginx cannot",
    ),
    (
        "dataplane.hash",
        "With the scheduler Uch, or Sch and UchConfig, the parameter is hashed as it is sent, undecoded; a request "
        "without it goes to any server.",
        _GROUPS + ": requests with the same parameter go to the same server",
    ),
    (
        "dataplane.drain",
        "A request in flight ends in peace when its server is removed or unhealthy, whether or not connection draining "
        "is enabled; what lasts longer than the longest RequestTimeout and ConnectionDrainTimeout of all is cut off. "
        "ALB may cut it off at once where draining is not enabled.",
        _GROUPS + ", ConnectionDrainConfig: connections go on for that long when it is enabled",
    ),
    (
        "dataplane.slow_start",
        "Slow start has no effect: a new server gets its full share at once.",
        "Nginx has slow start in its commercial edition only",
    ),
    (
        "dataplane.keep_alive",
        "Before a change is served, answers ask clients for up to half a second to close their connections "
        "(Connection: close), so that no request meets a connection that is being closed. A client that was silent "
        "until then finds its connection closed.",
        "choice of the sandbox; what ALB does with connections that are kept alive is not documented",
    ),
    (
        "dataplane.health",
        "A new server counts as Initial and gets traffic until as many checks in a row as the thresholds say have "
        "passed or failed. A TLS handshake that fails counts as CONNECT_FAILED.",
        "help page alb-health-check (2026): the thresholds; whether Initial gets traffic is not documented",
    ),
    (
        "dataplane.health_grpc",
        "A gRPC health check calls grpc.health.v1.Health/Check without TLS, or HealthCheckPath when that is not /. The "
        "status of gRPC has to be one of HealthCheckCodes, and the standard service has to say SERVING.",
        _GROUPS + ": codes and methods; what is called is not documented",
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
    ),
    (
        "dataplane.rule_underscores",
        "A header with an underscore in its name reaches servers and conditions only if a rule of the listener names "
        "such a header.",
        _NGINX,
    ),
    (
        "dataplane.rule_weights",
        "Each request is dealt to a server group at random, by weight. A group without a server answers 503 for its "
        "share. Sticky sessions between groups have a cookie per rule, alb_group_ and twelve digits.",
        _RULES + ": weights and sticky sessions; how is not documented",
    ),
    (
        "dataplane.rule_redirect",
        "A redirect goes to the scheme and port that the rule says, ${protocol} and ${port} being those of the "
        "listener; the port is left out where it is the usual one. ${path} and ${query} are as the client sent them.",
        _RULES,
    ),
    (
        "dataplane.rule_rewrite",
        "In the path of a rewrite, ${path} is decoded and normalised, and * and ? stand for themselves.",
        _NGINX,
    ),
    (
        "dataplane.rule_limit",
        "TrafficLimit lets in as many requests as it says at once, and then one each 1/QPS seconds; the others are "
        "answered with 503. Requests that CORS answers are not counted.",
        _NGINX,
    ),
    (
        "dataplane.rule_mirror",
        "A mirrored request has the headers of the one that is forwarded, and the path and query that the client sent; "
        "its answer is thrown away. Requests that are redirected or answered at once are not mirrored.",
        _RULES + ": TrafficMirror to server groups",
    ),
    (
        "dataplane.rule_cors",
        "A preflight request of an allowed origin is answered with 204 and reaches no server. Headers of servers about "
        "CORS are replaced. A request of another origin is forwarded without such headers.",
        _RULES + ", CorsConfig; the answers are not documented",
    ),
    (
        "dataplane.rule_insert",
        "InsertHeader leaves a header of the same name as the client sent it, be it once or several times, unless "
        "CoverEnabled is true. For responses the header is the one that the server sent.",
        "ALB 2020-06-16, UpdateRuleAttribute: false, which does not overwrite, is the default; of several headers and "
        "of responses nothing is said",
    ),
    (
        "dataplane.rule_response",
        "Rules for responses see the answers of server groups only, not fixed ones and redirects, and the first that "
        "matches counts. Of a header that such a rule names and a server sends several times, one line is left when no "
        "rule changes it (Nginx before 1.23: the first; later: all, joined by commas). The headers Server and Date are "
        "Nginx's own and stay. A fixed response in a rule for responses has no effect.",
        _NGINX,
    ),
    (
        "dataplane.trace",
        "Every request to a server has the header ALICLOUD-ALB-TRACE, in place of one that the client sent, with an id "
        "of the request as its value. A request that comes back to the load balancer is not refused with 463.",
        "help page alb-status-codes (2025-11-15): the name of the header, and 463 for loops; its value is not "
        "documented",
    ),
    (
        "dataplane.immediate",
        "A change is served when the job of the listener is done; the documentation warns of one to three minutes for "
        "certificates.",
        "help page create-and-manage-listeners",
    ),
)
