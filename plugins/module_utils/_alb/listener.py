# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener, the resource that has mutual authentication. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .._core.action import SELF_ID, Action
from .._core.errors import RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import KNOWN_AFTER_APPLY, Object, changes, chunks, encode, given, holds_unknown, known, merged
from . import listener_checks, preconditions, queries, usage
from .acl_association import access_actions
from .certificate_use import CERTIFICATES_PER_REQUEST, additional_operation
from .dependent_options import DependentOptions, completed, sent_details, wanted_details
from .fields import ACCESS_LOG, CERTIFICATES, CLIENT_CERTIFICATE_HEADERS, LISTENER
from .identifiers import ca_certificate, server_certificate
from .lookup import PASSING, refuse_immutable, removed
from .rule_fields import DIRECTIONS
from .tags import tag_actions, tag_parameter

_OPTIONS = (
    "protocol",
    "port",
    "server_group_id",
    "certificate_ids",
    "mutual_authentication",
    "ca_certificate_ids",
    "security_policy_id",
    "http2",
    "gzip",
    "idle_timeout",
    "request_timeout",
    "x_forwarded_for",
    "quic",
    "access_log",
    "description",
)
_DEFAULTS: Object = {"protocol": "https", "certificate_ids": [], "mutual_authentication": False}
_IMMUTABLE = ("load_balancer_id", "protocol", "port")
# UpdateListenerAttribute requires CaCertificates if CaEnabled is true.
_MUTUAL = DependentOptions("", "mutual_authentication", ("ca_certificate_ids",))
_DEPENDENT = (
    _MUTUAL,
    DependentOptions("x_forwarded_for", "enabled", ("processing_mode",), default=True),
    # The name of a header that is off is refused.
    *(
        DependentOptions("x_forwarded_for", f"client_cert_{header}_enabled", (f"client_cert_{header}_alias",))
        for header in CLIENT_CERTIFICATE_HEADERS
    ),
    DependentOptions("access_log", "tracing_enabled", ("tracing_sample", "tracing_type")),
)
_NOT_LOGGED: Object = {"record_customized_headers": False, "tracing_enabled": False}
_ADDITIONAL = "additional_certificate_ids"


@dataclass(frozen=True)
class _Context:
    """What planning and checking know beside the listener.

    Attributes:
        load_balancer_id: the load balancer that the user means, None if it does not exist.
        neighbours: listeners of other protocols on the port.
        rules: the rules of a listener that is to be removed, which are removed with it.
    """

    load_balancer_id: str | None = None
    neighbours: tuple[Object, ...] = ()
    rules: tuple[Object, ...] = ()


def _context(found: Found) -> _Context:
    return found.context or _Context()


class Listener(Resource):
    noun = "listener"
    key = "listener"
    product = "alb"
    names = (*(field.name for field in LISTENER), _ADDITIONAL)
    id_name = "listener_id"
    id_parameter = "ListenerId"
    delete_operation = "DeleteListener"
    waiter = Waiter(PASSING)

    _reads_additional = False  # once read, they are in every later result of the run; planning does not use this

    def wanted(self, current: Object) -> Object:
        """Return the options that the user gives, with ids in the form that ``current`` has."""
        wanted = given(self.params, _OPTIONS)
        if "certificate_ids" in wanted:
            wanted["certificate_ids"] = self._default_certificates(current)
        wanted = wanted_details(_DEPENDENT, wanted, current)
        if "ca_certificate_ids" in wanted:
            wanted["ca_certificate_ids"] = [ca_certificate(identity) for identity in wanted["ca_certificate_ids"]]
        return wanted

    def _default_certificates(self, current: Object) -> list[str]:
        """Return the wanted default certificates, in the order of ``current`` if they are the same."""
        existing = known(current.get("certificate_ids"), list)
        if self.params["certificate_ids"] is None:
            return existing
        ids = self._with_region(self.params["certificate_ids"], existing)
        return existing if sorted(ids) == sorted(existing) else ids

    def _with_region(self, identities: Iterable[str], existing: list[str]) -> list[str]:
        return [server_certificate(identity, self.params["region"], existing) for identity in identities]

    def for_removal(self, found: Found) -> Found:
        identity = (found.object or {})[self.id_name]
        if holds_unknown(identity):
            return found
        rules = tuple(
            {"rule_id": rule["rule_id"], "name": rule["name"]}
            for direction in DIRECTIONS
            for rule in queries.rules(self.session, direction, ListenerIds=[identity])
        )
        return replace(found, context=replace(_context(found), rules=rules))

    def search(self) -> Found:
        name = self.params["load_balancer_name"]
        balancer = self.params["load_balancer_id"] or queries.load_balancer_named(self.session, name)
        if not balancer or balancer == KNOWN_AFTER_APPLY:
            return Found(context=_Context(balancer))
        protocol, port = self.params["protocol"] or _DEFAULTS["protocol"], self.params["port"]
        on_port = queries.listeners_on(self.session, balancer, port)
        identity = next((item["listener_id"] for item in on_port if item["protocol"] == protocol), None)
        neighbours = tuple(item for item in on_port if item["protocol"] != protocol)
        return Found(self.read(identity) if identity else None, context=_Context(balancer, neighbours))

    def read(self, identity: str) -> Object | None:
        current = queries.listener(self.session, identity)
        if current is None:
            return None
        # They take one more request. A new default certificate may be an additional one so far.
        renewed = self._default_certificates(current) != current["certificate_ids"]
        self._reads_additional |= self.params[_ADDITIONAL] is not None or (
            renewed and self.params["state"] == "present"
        )
        if not self._reads_additional or current["protocol"] == "http":
            return {**current, _ADDITIONAL: None}
        return {**current, _ADDITIONAL: queries.additional_certificates(self.session, identity)}

    def present(self, found: Found) -> list[Action]:
        if found.object is None:
            return self._create(self.wanted({}), _context(found).load_balancer_id)
        current = found.object
        wanted = self.wanted(current)
        asked = {**wanted, "load_balancer_id": self.params["load_balancer_id"]}
        refuse_immutable(self, found, asked, _IMMUTABLE)
        changed = changes(wanted, current)
        log = changed.pop("access_log", None)
        additional = known(current.get(_ADDITIONAL), list)
        promoted = sorted(set(additional) & set(changed.get("certificate_ids") or []))
        staying = [identity for identity in additional if identity not in promoted]
        default = wanted.get("certificate_ids") or known(current["certificate_ids"], list)
        switch = self._switch_actions(current["status"])
        return [
            *(action for action in switch if action.operation == "StopListener"),
            *_certificate_actions("Dissociate", promoted, staying),
            *([_update(changed, wanted, current)] if changed else []),
            *self._additional_actions(staying, default),
            *access_actions(self.params["acl"], current, purge=self.params["purge_acls"]),
            *([_log(log, known(current["access_log"], dict))] if log else []),
            *tag_actions("listener", self.params["tags"], current["tags"], self.params["purge_tags"]),
            *(action for action in switch if action.operation == "StartListener"),
        ]

    def _switch_actions(self, status: str) -> list[Action]:
        """Return the action that starts or stops the listener, none if it is as wanted."""
        running = self.params["running"]
        if running is None or (status != "stopped") == running:
            return []
        operation, after = ("StartListener", "running") if running else ("StopListener", "stopped")
        return [Action(operation, {"ListenerId": SELF_ID}, {"status": after})]

    def _additional_actions(self, current: list[str], default: list[str]) -> list[Action]:
        """Return the actions that make the additional certificates as wanted.

        Args:
            current: the present additional certificates.
            default: the default certificates.

        Raises:
            RefusedError: a certificate is wanted as both.
        """
        if self.params[_ADDITIONAL] is None:
            return []
        wanted = self._with_region(self.params[_ADDITIONAL], current)
        if both := sorted(set(wanted) & set(default) - {KNOWN_AFTER_APPLY}):
            raise RefusedError(
                f"{both[0]} is in certificate_ids and in {_ADDITIONAL}, and a listener takes it once.",
                f"Take it out of {_ADDITIONAL}.",
            )
        added = [identity for identity in dict.fromkeys(wanted) if identity not in current]
        purge = self.params["purge_additional_certificates"]
        removed = [identity for identity in current if purge and identity not in wanted]
        # Added before removed, so that no name is without a certificate in between.
        return [
            *_certificate_actions("Associate", added, sorted([*current, *added])),
            *_certificate_actions("Dissociate", removed, sorted({*current, *added} - set(removed))),
        ]

    def remarks(self, current: Object) -> list[str]:
        if current.get("status") != "stopped" or self.params["running"] is not None:
            return []
        return [f"The listener {current[self.id_name]} is stopped and serves nobody. Start it with running: true."]

    def check(self, found: Found, after: Object) -> None:
        if not after:
            self._check_removal(found.object or {})
            return
        listener_checks.check(after)
        listener_checks.check_options(self.params, after["protocol"])
        if found.object is None:
            listener_checks.check_port(_context(found).neighbours, after)
        self._check_preconditions(found.object or {}, after)

    def _check_removal(self, current: Object) -> None:
        """Raise PredictedError if another listener needs this one."""
        identity = current[self.id_name]
        if holds_unknown(identity):
            return
        users = usage.of_quic_listener(self.session, current)
        usage.refuse(self.params, {f"The QUIC listener {identity}": users}, "ResourceInUse.Listener")

    def extras(self, found: Found) -> Object:
        rules = {"rules": list(_context(found).rules)} if self.params["state"] == "absent" else {}
        return {**removed(self, found), **rules}

    def _check_preconditions(self, before: Object, after: Object) -> None:
        """Raise RefusedError if another resource does not allow what changes."""
        changed = {name for name in after if after[name] != before.get(name)}
        mutual = _MUTUAL.is_on(after) and not changed.isdisjoint((_MUTUAL.switch, *_MUTUAL.details))
        logged = changes(self.params["access_log"] or {}, known(before.get("access_log"), dict) or _NOT_LOGGED)
        access = known(after["acl"], dict)
        listed = "acl" in changed and access.get("acl_ids")
        options = {"mutual_authentication": mutual, "access_log": logged, "acl": listed}
        balancer = after["load_balancer_id"]
        preconditions.check_load_balancer(self.session, balancer, [name for name, asked in options.items() if asked])
        if not changed.isdisjoint(("server_group_id", "http2")):
            preconditions.check_group(self.session, after)
        if listed and access["access"] == "allow":
            preconditions.check_allow(self.session, access["acl_ids"])
        if mutual:
            for identity in known(after["ca_certificate_ids"], list):
                preconditions.check_ca(self.session, identity)
        for name in ("certificate_ids", _ADDITIONAL):
            existing = known(before.get(name), list)
            new = [identity for identity in known(after.get(name), list) if identity not in existing]
            preconditions.check_certificates(self.session, new)

    def _create(self, wanted: Object, load_balancer_id: str | None) -> list[Action]:
        if needed := [name for name in ("port", "server_group_id") if not wanted.get(name)]:
            raise RefusedError(f"A new listener needs {', '.join(needed)}.")
        tags = self.params["tags"] or {}
        log = changes(wanted.pop("access_log", {}), _NOT_LOGGED)
        balancer = load_balancer_id or KNOWN_AFTER_APPLY
        wanted = {**_DEFAULTS, "ca_certificate_ids": [], **wanted, "load_balancer_id": balancer}
        certificates = wanted["certificate_ids"]
        # CreateListener takes one certificate; the second of an RSA and ECC pair follows.
        params = {**_encoded({**wanted, "certificate_ids": certificates[:1]}), **tag_parameter(tags)}
        after = {**wanted, "tags": tags, _ADDITIONAL: [], "acl": {"access": None, "acl_ids": []}}
        error = "" if load_balancer_id else f"There is no load balancer called {self.params['load_balancer_name']!r}."
        pair = {"certificate_ids": certificates}
        return [
            Action("CreateListener", params, after, creates=True, error=error),
            *([_update(pair, wanted, wanted)] if len(certificates) > 1 else []),
            *self._additional_actions([], certificates),
            *access_actions(self.params["acl"], {}, purge=False),
            *([_log(log, {})] if log else []),
            *self._switch_actions("running"),
        ]


def _update(changed: Object, wanted: Object, current: Object) -> Action:
    whole = completed(_DEPENDENT, changed, wanted, current)
    if "quic" in changed:  # sent as a whole
        whole["quic"] = merged(known(current["quic"], dict), wanted["quic"])
    after = {name: whole[name] for name in changed}
    return Action("UpdateListenerAttribute", {"ListenerId": SELF_ID, **_encoded(whole)}, after)


def _log(changed: Object, current: Object) -> Action:
    """Return the action that changes what the access log of the load balancer records of this listener.

    Options of tracing are sent together.
    """
    sent = changed
    if any(name.startswith("tracing_") for name in changed):
        whole = sent_details(_DEPENDENT, {"access_log": merged(current, changed)})["access_log"]
        tracing = {name: value for name, value in whole.items() if name.startswith("tracing_")}
        sent = {**tracing, **{name: value for name, value in changed.items() if not name.startswith("tracing_")}}
    params = {"ListenerId": SELF_ID, **encode(ACCESS_LOG, sent)}
    return Action("UpdateListenerLogConfig", params, {"access_log": changed})


def _certificate_actions(verb: str, identities: list[str], after: list[str]) -> list[Action]:
    """Return the actions that associate or dissociate additional certificates, which are ``after`` then."""
    return [
        Action(
            additional_operation(verb),
            {"ListenerId": SELF_ID, "Certificates": CERTIFICATES.encode(part)},
            {_ADDITIONAL: after},
        )
        for part in chunks(identities, CERTIFICATES_PER_REQUEST)
    ]


def _encoded(listener: Object) -> Object:
    """Return the parameters for ``listener``, without empty lists, which the SDK would drop, and details that are off.

    Mutual authentication is switched off by CaEnabled alone.
    """
    result = sent_details(_DEPENDENT, {name: value for name, value in listener.items() if value != []})
    if result.get("mutual_authentication") is False and result.get("protocol", "https") != "https":
        del result["mutual_authentication"]  # other protocols do not have it
    return encode(LISTENER, result)
