# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener: the place where mutual authentication is switched on. This module is PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Iterable

from .._core.action import THIS, Action
from .._core.errors import RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import KNOWN_AFTER_APPLY, TAGS, Object, changes, encode, given, holds_unknown, known, merged
from . import listener_checks, preconditions, queries, usage
from .acl_association import access_actions
from .dependent_options import Switch, settled, without_idle
from .fields import ACCESS_LOG, CERTIFICATES, CLIENT_CERTIFICATE_HEADERS, LISTENER
from .identifiers import ca_certificate, server_certificate
from .lookup import PASSING, not_found, refuse_immutable, removed
from .rule_fields import DIRECTIONS
from .tags import tag_actions

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
_MUTUAL = ("mutual_authentication", "ca_certificate_ids")
_FIXED = ("load_balancer_id", "protocol", "port")
_GROUPS = ("x_forwarded_for", "quic")  # sent as a whole; what the user did not name stays as it is
_SWITCHES = (
    Switch("x_forwarded_for", "enabled", ("processing_mode",), default=True),
    # The name of a header that is switched off is not accepted.
    *(
        Switch("x_forwarded_for", f"client_cert_{header}_enabled", (f"client_cert_{header}_alias",))
        for header in CLIENT_CERTIFICATE_HEADERS
    ),
    Switch("access_log", "tracing_enabled", ("tracing_sample", "tracing_type")),
)
_NOT_LOGGED: Object = {"record_customized_headers": False, "tracing_enabled": False}
_ADDITIONAL = "additional_certificate_ids"

# AssociateAdditionalCertificatesWithListener, DissociateAdditionalCertificatesFromListener.
_CERTIFICATES_PER_REQUEST = 15


class Listener(Resource):
    noun = "listener"
    key = "listener"
    product = "alb"
    names = (*(field.name for field in LISTENER), _ADDITIONAL)
    id_name = "listener_id"
    id_wire = "ListenerId"
    waiter = Waiter(PASSING)

    _load_balancer_id: str | None = None
    _neighbours: tuple[Object, ...] = ()  # other listeners on the port
    _looks = False  # at the additional certificates
    _rules: tuple[Object, ...] = ()  # that go with a listener which is removed

    def wanted(self, current: Object) -> Object:
        """The options the user gave, ids in the one form that ``current`` has them in."""
        wanted = given(self.params, _OPTIONS)
        if "certificate_ids" in wanted:
            wanted["certificate_ids"] = self._default(current)
        mutual = wanted.get("mutual_authentication", current.get("mutual_authentication", False))
        if mutual is False and (not wanted.get("ca_certificate_ids") or "mutual_authentication" in wanted):
            wanted.pop("ca_certificate_ids", None)  # nothing to compare while it is off
        if "ca_certificate_ids" in wanted:
            wanted["ca_certificate_ids"] = [ca_certificate(i) for i in wanted["ca_certificate_ids"]]
        return settled(_SWITCHES, wanted, current)

    def _default(self, current: Object) -> list[str]:
        """The default certificates that are wanted, as ``current`` has them if they are the same."""
        there = known(current.get("certificate_ids"), list)
        if self.params["certificate_ids"] is None:
            return there
        ids = self._certificates(self.params["certificate_ids"], there)
        return there if sorted(ids) == sorted(there) else ids  # the order says nothing

    def _certificates(self, identities: Iterable[str], there: list[str]) -> list[str]:
        return [server_certificate(identity, self.params["region"], there) for identity in identities]

    def find(self) -> Found:
        identity = self.params["listener_id"]
        if identity == KNOWN_AFTER_APPLY:
            return Found(dict.fromkeys(self.names, KNOWN_AFTER_APPLY))
        if identity:
            there = self.read(identity)
            if there is None and self.params["state"] == "present":
                raise not_found(self.noun, identity, self.id_name)
            return Found(there)
        name = self.params["load_balancer_name"]
        balancer = self.params["load_balancer_id"] or queries.load_balancer_named(self.session, name)
        self._load_balancer_id = balancer
        if not balancer or balancer == KNOWN_AFTER_APPLY:
            return Found()
        protocol, port = self.params["protocol"] or _DEFAULTS["protocol"], self.params["port"]
        on_port = queries.listeners_on(self.session, balancer, port)
        self._neighbours = tuple(other for other in on_port if other["protocol"] != protocol)
        identity = next((other["listener_id"] for other in on_port if other["protocol"] == protocol), None)
        return Found(self.read(identity) if identity else None)

    def read(self, identity: str) -> Object | None:
        there = queries.listener(self.session, identity)
        if there is None:
            return None
        # One more request, for those who want to know: a new default certificate may be an additional one so far.
        renewed = self.params["state"] == "present" and self._default(there) != there["certificate_ids"]
        self._looks |= self.params[_ADDITIONAL] is not None or renewed
        looks = self._looks and there["protocol"] != "http"
        return {**there, _ADDITIONAL: queries.additional_certificates(self.session, identity) if looks else None}

    def present(self, found: Found) -> list[Action]:
        if found.object is None:
            return self._create(self.wanted({}))
        current = found.object
        wanted = self.wanted(current)
        asked = {**wanted, "load_balancer_id": self.params["load_balancer_id"]}
        refuse_immutable(self.noun, found, asked, _FIXED, self.id_name)
        changed = changes(wanted, current)
        for name in _GROUPS:
            if name in changed:
                changed[name] = merged(known(current[name], dict), wanted[name])
        log = changed.pop("access_log", None)
        default = changed.get("certificate_ids") or []
        there = known(current.get(_ADDITIONAL), list)
        promoted = sorted(set(there) & set(default))
        stay = [identity for identity in there if identity not in promoted]
        off = self._switch(current["status"])
        return [
            *(action for action in off if action.operation == "StopListener"),
            *_certificate_actions("Dissociate", promoted, stay),
            *([_update(changed, current)] if changed else []),
            *self._additional_actions(stay, wanted.get("certificate_ids") or known(current["certificate_ids"], list)),
            *access_actions(self.params["acl"], current, purge=self.params["purge_acls"]),
            *([_log(log, known(current["access_log"], dict))] if log else []),
            *tag_actions("listener", self.params["tags"], current["tags"], self.params["purge_tags"]),
            *(action for action in off if action.operation == "StartListener"),
        ]

    def _switch(self, status: str) -> list[Action]:
        running = self.params["running"]
        if running is None or (status != "stopped") == running:
            return []
        operation, after = ("StartListener", "running") if running else ("StopListener", "stopped")
        return [Action(operation, {"ListenerId": THIS}, {"status": after})]

    def _additional_actions(self, current: list[str], default: list[str]) -> list[Action]:
        if self.params[_ADDITIONAL] is None:
            return []
        wanted = self._certificates(self.params[_ADDITIONAL], current)
        if both := sorted(set(wanted) & set(default) - {KNOWN_AFTER_APPLY}):
            raise RefusedError(
                f"{both[0]} is in certificate_ids and in {_ADDITIONAL}, and a listener takes it once.",
                f"Take it out of {_ADDITIONAL}.",
            )
        added = [identity for identity in dict.fromkeys(wanted) if identity not in current]
        removed = [
            identity for identity in current if self.params["purge_additional_certificates"] and identity not in wanted
        ]
        # Added before removed, so that no name is without a certificate in between.
        return [
            *_certificate_actions("Associate", added, sorted([*current, *added])),
            *_certificate_actions("Dissociate", removed, sorted({*current, *added} - set(removed))),
        ]

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return [Action("DeleteListener", {"ListenerId": THIS}, deletes=True)]

    def remarks(self, current: Object) -> list[str]:
        if current.get("status") != "stopped" or self.params["running"] is not None:
            return []
        return [f"The listener {current[self.id_name]} is stopped and serves nobody. Start it with running: true."]

    def guard(self, found: Found, after: Object) -> None:
        if not after:
            self._guard_removal(found.object or {})
            return
        listener_checks.check(after)
        listener_checks.check_options(self.params, after["protocol"])
        if found.object is None:
            listener_checks.check_port(self._neighbours, after)
        before = found.object or {}
        undecided = self.params["ca_certificate_ids"] and self.params["mutual_authentication"] is None
        if undecided and after["mutual_authentication"] is False:
            raise RefusedError(
                "ca_certificate_ids is given, and mutual authentication is off.",
                "Set mutual_authentication: true (or false, to keep it off).",
            )
        self._look(before, after)

    def _guard_removal(self, current: Object) -> None:
        """Raise PredictedError if another listener needs this one; note the rules that go with it."""
        identity = current[self.id_name]
        if holds_unknown(identity):
            return
        users = usage.of_quic_listener(self.session, current)
        usage.refuse(self.params, {f"The QUIC listener {identity}": users}, "ResourceInUse.Listener")
        self._rules = tuple(
            {"rule_id": rule["rule_id"], "name": rule["name"]}
            for direction in DIRECTIONS
            for rule in queries.rules(self.session, direction, ListenerIds=[identity])
        )

    def extras(self, found: Found) -> Object:
        return {**removed(self, found), **({"rules": list(self._rules)} if self.params["state"] == "absent" else {})}

    def _look(self, before: Object, after: Object) -> None:
        """What only a look at other resources tells, for what changes."""
        changed = {name for name in after if after[name] != before.get(name)}
        mutual = after["mutual_authentication"] is True and not changed.isdisjoint(_MUTUAL)
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
            there = known(before.get(name), list)
            preconditions.check_certificates(self.session, [i for i in known(after.get(name), list) if i not in there])

    def _create(self, wanted: Object) -> list[Action]:
        if needed := [name for name in ("port", "server_group_id") if not wanted.get(name)]:
            raise RefusedError(f"A new listener needs {', '.join(needed)}.")
        tags = self.params["tags"] or {}
        balancer = self._load_balancer_id
        log = changes(wanted.pop("access_log", {}), _NOT_LOGGED)
        wanted = {**_DEFAULTS, "ca_certificate_ids": [], **wanted, "load_balancer_id": balancer or KNOWN_AFTER_APPLY}
        certificates = wanted["certificate_ids"]
        params = {
            # One certificate is all that CreateListener takes; the second of an RSA and ECC pair follows.
            **_on_the_wire({**wanted, "certificate_ids": certificates[:1]}),
            **({"Tag": TAGS.encode(tags)} if tags else {}),
        }
        create = Action(
            "CreateListener",
            params,
            {**wanted, "tags": tags, _ADDITIONAL: [], "acl": {"access": None, "acl_ids": []}},
            creates=True,
            blocked="" if balancer else f"There is no load balancer called {self.params['load_balancer_name']!r}.",
        )
        pair = {"certificate_ids": certificates}
        return [
            create,
            *([_update(pair, wanted)] if len(certificates) > 1 else []),
            *self._additional_actions([], certificates),
            *access_actions(self.params["acl"], {}, purge=False),
            *([_log(log, {})] if log else []),
            *self._switch("running"),
        ]


def _update(changed: Object, current: Object) -> Action:
    after = dict(changed)
    if any(name in changed for name in _MUTUAL):
        # Documented as required together: CaCertificates when CaEnabled is true.
        changed = {**{name: current.get(name) for name in _MUTUAL}, **changed}
    return Action("UpdateListenerAttribute", {"ListenerId": THIS, **_on_the_wire(changed)}, after)


def _log(changed: Object, current: Object) -> Action:
    """What the access log of the load balancer records of this listener. Tracing goes as a whole."""
    sent = changed
    if any(name.startswith("tracing_") for name in changed):
        whole = without_idle(_SWITCHES, {"access_log": merged(current, changed)})["access_log"]
        tracing = {name: value for name, value in whole.items() if name.startswith("tracing_")}
        sent = {**tracing, **{name: value for name, value in changed.items() if not name.startswith("tracing_")}}
    return Action("UpdateListenerLogConfig", {"ListenerId": THIS, **encode(ACCESS_LOG, sent)}, {"access_log": changed})


def _certificate_actions(verb: str, identities: list[str], after: list[str]) -> list[Action]:
    operation = f"{verb}AdditionalCertificates{'With' if verb == 'Associate' else 'From'}Listener"
    parts = (
        identities[at : at + _CERTIFICATES_PER_REQUEST] for at in range(0, len(identities), _CERTIFICATES_PER_REQUEST)
    )
    return [
        Action(operation, {"ListenerId": THIS, "Certificates": CERTIFICATES.encode(part)}, {_ADDITIONAL: after})
        for part in parts
    ]


def _on_the_wire(listener: Object) -> Object:
    """Empty lists are left out, the SDK drops them anyway: mutual authentication is switched off by CaEnabled alone."""
    listener = {name: value for name, value in listener.items() if value != []}
    if listener.get("mutual_authentication") is False:
        listener.pop("ca_certificate_ids", None)
        if listener.get("protocol", "https") != "https":
            listener.pop("mutual_authentication")  # nothing to switch off there
    return encode(LISTENER, without_idle(_SWITCHES, listener))
