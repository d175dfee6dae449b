# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of uploads, certificates that are looked at, and what is uploaded."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.pem import Certificate, checked_key, source
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.queries import CaCertificate
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.server_certificates import FILTERS, is_valid_for
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.upload_names import digest_name, uploaded_name
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import CloudError, RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads.ca_certificate import serial_number
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads.server_certificate import StoredCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from tests.unit.fakes.cloud import Cloud, error
from tests.unit.fakes.options import defaults
from tools.parameters import options_of

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


def make(
    name: str,
    *names: str,
    issuer: str = "",
    ca: bool | None = None,
    days: tuple[int, int] = (-1, 30),
    key: Any = KEY,
    signing_key: Any = KEY,
) -> str:
    """A certificate in PEM for these ``names``, valid from ``days[0]`` to ``days[1]`` from today."""
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer or name)])
    alternative = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer)
        .public_key(key.public_key())
        .serial_number(0x0A0B)
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
    )
    if names:
        builder = builder.add_extension(alternative, critical=False)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(signing_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes | None = None) -> str:
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, encryption).decode()


@pytest.mark.parametrize(
    ("upload", "fingerprint", "name"),
    [
        ("shop-0123abcd", "0123abcdef", "shop"),
        ("shop-2-0123abcd", "0123abcdef", "shop-2"),
        ("shop-20261126", "0123abcdef", None),
        ("shop", "0123abcdef", None),
        ("shop-0123abc", "0123abcdef", None),
        ("shop-0123ABCD", "0123abcdef", None),
        ("shop-0123abcd\n", "0123abcdef", None),
        ("-0123abcd", "0123abcdef", None),
        ("0123abcd", "0123abcdef", None),
        ("shop-0123abcd", None, None),
    ],
)
def test_which_uploads_are_ours(upload: str, fingerprint: str | None, name: str | None) -> None:
    """An upload of another program whose name looks like one of ours is not."""
    assert uploaded_name(upload, fingerprint) == name


def test_the_name_says_what_is_in_it() -> None:
    fingerprints = {Certificate.parse(make(name), "x").fingerprint for name in ("a", "b")}
    assert len(fingerprints) == 2
    assert {uploaded_name(digest_name("shop", each), each) for each in fingerprints} == {"shop"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no certificate"),
        ("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n", "no certificate"),
        (make("root") + make("leaf", issuer="other"), "did not issue"),
        (make("one") + make("other"), "did not issue"),
        (make("root", key=OTHER_KEY, signing_key=OTHER_KEY) + make("root"), "did not issue"),
        (make("a", issuer="root") + make("b", issuer="root") + make("root"), "did not issue"),
    ],
)
def test_not_a_chain(text: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        Certificate.parse(text, "certificate")


def test_a_chain_in_order() -> None:
    chain = Certificate.parse("some text\n" + make("leaf", issuer="root") + make("root"), "certificate")
    assert chain.common_name == "leaf"
    assert chain.pem.count("BEGIN CERTIFICATE") == 2
    assert chain.pem.startswith("-----BEGIN")


LEAF, MIDDLE, ROOT = make("leaf", issuer="middle"), make("middle", issuer="root"), make("root")


@pytest.mark.parametrize(
    "text",
    [
        LEAF + MIDDLE + ROOT,
        ROOT + MIDDLE + LEAF,
        MIDDLE + ROOT + LEAF,
        LEAF + MIDDLE + MIDDLE + ROOT + LEAF,
        (LEAF + MIDDLE + ROOT).replace("\n", "\r\n"),
        (LEAF + MIDDLE + ROOT).replace("\n", "  \n") + "\n \n",
        "Bag Attributes\n    friendlyName: shop\n" + "subject=leaf\n".join((LEAF, MIDDLE, ROOT)),
        "\ufeff" + LEAF + MIDDLE + ROOT,
        (LEAF + MIDDLE + ROOT).replace("-----\n", "-----\n   ").replace("-----BEGIN", "   -----BEGIN"),
    ],
    ids=["in order", "reverse", "mixed", "twice", "CRLF", "blanks", "texts between", "mark", "indented"],
)
def test_one_form_of_every_text(text: str) -> None:
    """What is compared and what is uploaded is the same for all of them."""
    found = Certificate.parse(text, "certificate")
    assert found.pem == LEAF + MIDDLE + ROOT
    assert found.fingerprint == Certificate.parse(LEAF, "certificate").fingerprint


def test_what_another_has_stored_is_no_reason_to_stop() -> None:
    assert Certificate.stored(make("one") + make("other"), "x").common_name == "one"
    with pytest.raises(RefusedError, match="x holds no certificate"):
        Certificate.stored("nonsense", "x")


def test_host_names() -> None:
    assert Certificate.parse(make("leaf"), "x").host_names == ["leaf"]
    assert Certificate.parse(make("leaf", "a.example", "*.b.example"), "x").host_names == ["a.example", "*.b.example"]


def test_serial_numbers_have_whole_octets() -> None:
    assert Certificate.parse(make("leaf"), "certificate").describe()["serial_number"] == "0a0b"


@pytest.mark.parametrize(
    ("certificate", "status", "fault"),
    [
        (make("ca", ca=True), "issued", ""),
        (make("ca", ca=True), "REVOKE", "is revoked"),
        (make("ca", ca=True, days=(-9, -1)), "issued", "has expired"),
        (make("ca", ca=True, days=(1, 9)), "issued", "is not valid before"),
        (make("ca", ca=True, key=ed25519.Ed25519PrivateKey.generate()), "issued", "has an Ed25519 key"),
        (make("leaf", ca=False), "issued", "is not a certificate of a CA"),
        (make("leaf"), "issued", "is not a certificate of a CA"),
    ],
)
def test_faults_of_a_ca(certificate: str, status: str, fault: str) -> None:
    found = CaCertificate(Certificate.parse(certificate, "x"), status).fault()
    assert found.startswith(fault)
    assert bool(found) is bool(fault)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (pem(OTHER_KEY), "does not belong"),
        (pem(KEY, b"secret"), "encrypted"),
        ("nonsense", "cannot be read"),
        (pem(KEY) + pem(OTHER_KEY), "2 private keys"),
    ],
)
def test_wrong_keys(key: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words) as caught:
        checked_key(Certificate.parse(make("leaf"), "x"), key)
    assert key not in str(caught.value.report())


@pytest.mark.parametrize("form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL])
def test_one_form_of_every_key(form: serialization.PrivateFormat) -> None:
    """The traditional one, which load balancers of Alibaba Cloud ask for."""
    encoded = KEY.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    certificate = Certificate.parse(make("leaf"), "x")
    for text in (encoded, f"Bag Attributes\n{encoded}", encoded.replace("\n", " \r\n"), f"\n{encoded}\n\n"):
        found = checked_key(certificate, text)
        assert found.encode() == KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )


@pytest.mark.parametrize(
    ("text", "number"), [("0a0b", 0x0A0B), ("A0B", 0x0A0B), ("0A:0B", 0x0A0B), ("", None), (None, None), ("?", None)]
)
def test_serial_numbers_in_every_spelling(text: str | None, number: int | None) -> None:
    assert serial_number(text) == number


def test_texts_and_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    assert source({"x": "inline", "x_path": None}, "x").text == "inline"
    assert source({"x": None, "x_path": str(tmp_path / "a")}, "x").text == "text"
    assert "does not exist" in source({"x": None, "x_path": str(tmp_path / "b")}, "x").problem
    assert "not known" in source({"x": KNOWN_AFTER_APPLY, "x_path": None}, "x").problem
    with pytest.raises(RefusedError, match="directory"):
        source({"x": None, "x_path": str(tmp_path)}, "x")


LISTENER = {"LoadBalancerId": "alb-1", "ListenerProtocol": "HTTPS", "ListenerPort": 443, "ListenerStatus": "Running"}
ALWAYS = ("ListenerId", "ClientToken")
FINGERPRINTS: dict[str, str] = {}  # of real certificates, by their first digits


def upload_name(certificate: str) -> str:
    """The name under which ``certificate`` is uploaded as ``shop``; the fake store knows its fingerprint then."""
    fingerprint = Certificate.parse(certificate, "x").fingerprint
    FINGERPRINTS[fingerprint[:8]] = fingerprint
    return digest_name("shop", fingerprint)


class Store(Cloud):
    """The certificate store: names are unique, there is no ClientToken. And the listeners that use certificates.

    An item called ``<name>-<digits>`` has a fingerprint that begins with the digits, unless it is one of ``foreign``.
    """

    def __init__(self) -> None:
        verbs = ("AssociateAdditionalCertificatesWithListener", "DissociateAdditionalCertificatesFromListener")
        super().__init__(
            ListUserCertificateOrder=self.listing,
            GetUserCertificateDetail=self.detail,
            UploadUserCertificate=self.upload,
            DeleteUserCertificate=self.delete,
            ListListeners=lambda params: {
                "Listeners": [LISTENER | {"ListenerId": each} for each in {**self.users, **self.additional}]
            },
            ListListenerCertificates=self.certificates,
            UpdateListenerAttribute=self.update,
            **{verb: self.associate if verb.startswith("A") else self.dissociate for verb in verbs},
        )
        self.items: dict[int, str] = {}
        self.foreign: set[int] = set()
        self.bought: set[int] = set()
        self.expired: set[int] = set()
        self.hosts: dict[int, str] = {}
        self.silent = False  # the list has no fingerprints
        self.users: dict[str, list[str]] = {}  # default certificates by listener
        self.additional: dict[str, list[str]] = {}

    def listing(self, params: dict[str, Any]) -> dict[str, Any]:
        ended = params.get("Status") == "EXPIRED"
        kinds = self.bought if params["OrderType"] == "UPLOAD" else set()
        found = [item for item in self.items.items() if (item[0] in self.expired) is ended and item[0] not in kinds]
        page = found[(params["CurrentPage"] - 1) * params["ShowSize"] :][: params["ShowSize"]]
        orders = [{"CertificateId": number, "Name": name, **self.told(number)} for number, name in page]
        return {"CertificateOrderList": orders, "TotalCount": len(found)}

    def told(self, number: int) -> dict[str, Any]:
        common: dict[str, Any] = {"CommonName": "leaf", "Sans": self.hosts.get(number, ""), "Status": "ISSUED"}
        common["Upload"] = number not in self.bought
        common["Expired"] = number in self.expired
        common["SerialNo"] = f"{number:032x}"
        return common if self.silent else {**common, "Sha2": self.fingerprint(number)}

    def fingerprint(self, number: int) -> str:
        digits = self.items[number].rpartition("-")[2]
        known = "" if number in self.foreign else FINGERPRINTS.get(digits, f"{digits}{'e' * 56}")
        return (known or f"{'f' * 8}{'e' * 56}").upper()

    def detail(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["CertFilter"] is True
        number = params["CertId"]
        known = {"CertIdentifier": f"{number}-cn-hangzhou", "Name": self.items[number], "NotAfter": 1_000}
        return {**known, "CertSha2": self.fingerprint(number)}

    def upload(self, params: dict[str, Any]) -> dict[str, Any]:
        number = 100
        while number in self.items:
            number += 1
        upload_name(params["Cert"])
        self.items[number] = params["Name"]
        return {"CertId": number}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.items.pop(params["CertId"], None) is None:
            raise error("NotFound", 404)
        return {}

    def certificates(self, params: dict[str, Any]) -> dict[str, Any]:
        identity = params["ListenerId"]
        default = [{"CertificateId": each, "IsDefault": True} for each in self.users.get(identity, [])]
        more = [{"CertificateId": each, "IsDefault": False} for each in self.additional.get(identity, [])]
        return {"Certificates": default + more}

    def update(self, params: dict[str, Any]) -> dict[str, Any]:
        assert set(params) == {"Certificates", *ALWAYS}
        self.users[params["ListenerId"]] = [each["CertificateId"] for each in params["Certificates"]]
        return {}

    def associate(self, params: dict[str, Any]) -> dict[str, Any]:
        new = [each["CertificateId"] for each in params["Certificates"]]
        assert not {*new} & {*self.users.get(params["ListenerId"], []), *self.additional[params["ListenerId"]]}
        self.additional[params["ListenerId"]] += new
        return {}

    def dissociate(self, params: dict[str, Any]) -> dict[str, Any]:
        for each in params["Certificates"]:
            self.additional[params["ListenerId"]].remove(each["CertificateId"])
        return {}


CERTIFICATE = make("leaf")
NAME = upload_name(CERTIFICATE)


def run(store: Store, *, check: bool = False, **options: Any) -> Any:
    params = {
        **defaults(options_of("cas_certificate")),
        "name": "shop",
        "certificate": CERTIFICATE,
        "private_key": pem(KEY),
        **options,
    }
    session = store.session()
    return Engine(StoredCertificate(params, session), session).run(params["state"], check=check)


def test_no_key_in_what_is_shown() -> None:
    outcome = run(Store(), check=True)
    assert pem(KEY).splitlines()[1] not in str(outcome)


def test_a_lost_answer_makes_no_second_upload() -> None:
    store = Store()
    store.lost.add("UploadUserCertificate")
    run(store)
    assert len(store.named("UploadUserCertificate")) == 1
    assert "ClientToken" in store.named("UploadUserCertificate")[0]


def test_what_was_checked_is_what_is_sent(tmp_path: Path) -> None:
    """The key file is another one by the time of the upload: the key that is read then is checked again."""
    store = Store()
    key = tmp_path / "key"
    key.write_text(pem(KEY))
    listing = store.operations["ListUserCertificateOrder"]

    def changing(params: dict[str, Any]) -> dict[str, Any]:
        key.write_text(pem(KEY))
        return listing(params)

    store.operations["ListUserCertificateOrder"] = changing
    text = (make("root") + make("leaf", issuer="root")).replace("\n", "\r\n")
    run(store, certificate=text, private_key=None, private_key_path=str(key))
    (sent,) = store.named("UploadUserCertificate")
    assert sent["Cert"] == Certificate.parse(text, "x").pem
    assert sent["Key"] == checked_key(Certificate.parse(text, "x"), pem(KEY))


def test_found_on_the_second_page() -> None:
    store = Store()
    run(store)
    (ours,) = store.items.values()
    store.items = {number: f"other-{number}" for number in range(70)} | {99: ours}
    assert not run(store).changed


@pytest.mark.parametrize("silent", [False, True])
def test_replaced_ones_go_after_the_new_one_is_there(silent: bool) -> None:
    store = Store()
    store.silent = silent
    store.items = {1: "shop-00000000", 2: "shop-other-00000000", 3: "shop-20261126"}
    store.foreign = {3}
    outcome = run(store, purge_superseded=True)
    assert outcome.actions == ["upload_user_certificate", "delete_user_certificate"]
    assert [item["cas_id"] for item in outcome.extras["superseded"]] == [1]
    assert [item["cas_id"] for item in outcome.extras["removed"]] == [1]
    assert {2, 3} < store.items.keys()
    assert not run(store, purge_superseded=True).changed


def test_another_certificate_with_our_name_is_not_taken_for_ours() -> None:
    store = Store()
    store.items, store.foreign = {1: NAME}, {1}
    for check in (True, False):
        with pytest.raises(RefusedError, match="another content"):
            run(store, check=check)
    assert not run(store, state="absent").changed
    assert store.items == {1: NAME}


def test_absent_removes_every_upload_of_the_name() -> None:
    store = Store()
    store.items = {1: "shop-00000000", 2: "shop-11111111", 3: "shop", 4: "shop-22222222", 5: "shop-33333333"}
    store.foreign, store.expired = {4}, {5}
    assert run(store, state="absent").changed
    assert store.items.keys() == {3, 4}
    assert not run(store, state="absent").changed


@pytest.mark.parametrize("check", [True, False])
def test_absent_is_refused_while_a_listener_has_one(check: bool) -> None:
    """The number of one certificate may begin with that of another."""
    store = Store()
    store.items, store.users = {13: "shop-00000000", 1: "shop-11111111"}, {"lsn-1": ["13-cn-hangzhou"]}
    with pytest.raises(RefusedError, match=r"13 .* in use by the listener lsn-1") as caught:
        run(store, state="absent", check=check)
    assert "removed_before" in caught.value.hint
    assert store.named("DeleteUserCertificate") == []
    assert run(store, state="absent", removed_before=["lsn-1"]).changed


def test_a_replaced_one_that_a_listener_has_stays() -> None:
    store = Store()
    store.items, store.users = {1: "shop-00000000", 2: "shop-11111111"}, {"lsn-1": ["2-cn-hangzhou"]}
    for deleted in ([1], []):
        store.calls.clear()
        store.warnings.clear()
        outcome = run(store, purge_superseded=True)
        assert [params["CertId"] for params in store.named("DeleteUserCertificate")] == deleted
        assert all(params["ClientToken"] for params in store.named("DeleteUserCertificate"))
        assert [item["cas_id"] for item in outcome.extras["superseded"]] == deleted
        assert [item["cas_id"] for item in outcome.extras["in_use"]] == [2]
        assert "lsn-1" in store.warnings[0]
        assert "switch_listeners" in store.warnings[0]


def test_only_expired_ones_go() -> None:
    store = Store()
    store.items = {1: "shop-00000000", 2: "shop-11111111", 3: "shop-22222222", 4: "other-33333333"}
    store.expired, store.users = {2, 3, 4}, {"lsn-1": ["3-cn-hangzhou"]}
    outcome = run(store, purge_expired=True)
    assert [item["cas_id"] for item in outcome.extras["removed"]] == [2]
    assert [item["cas_id"] for item in outcome.extras["in_use"]] == [3]
    assert {item["cas_id"] for item in outcome.extras["superseded"]} == {1, 2, 3}
    assert {1, 3, 4} < store.items.keys()


def test_without_the_right_to_ask_it_is_left_open() -> None:
    store = Store()
    store.items = {1: "shop-00000000"}
    store.trouble["ListListeners"] = [error("Forbidden.RAM", 403)]
    assert run(store, state="absent").changed
    assert "could not be checked" in store.warnings[0]


@pytest.mark.parametrize("option", ["purge_superseded", "purge_expired"])
def test_without_the_right_to_ask_nothing_is_purged(option: str) -> None:
    store = Store()
    store.items, store.expired = {1: "shop-00000000"}, {1}
    store.trouble["ListListeners"] = [error("Forbidden.RAM", 403)]
    outcome = run(store, **{option: True})
    assert [item["cas_id"] for item in outcome.extras["in_use"]] == [1]
    assert store.named("DeleteUserCertificate") == []
    assert "could not be checked" in store.warnings[0]
    assert "stays: it is not known whether listeners use it" in store.warnings[1]


def test_nothing_is_asked_while_nothing_goes() -> None:
    store = Store()
    for switch, purge in ((False, False), (False, True), (True, True), (False, False)):
        run(store, switch_listeners=switch, purge_superseded=purge)
    assert store.named("ListListeners") == []


OLD, OLDER, OTHERS, NEW = "1-cn-hangzhou", "2-cn-hangzhou", "3-cn-hangzhou", "100-cn-hangzhou"
A, U, D = "associate", "update", "dissociate"


@pytest.mark.parametrize(
    ("default", "additional", "actions", "after"),
    [
        ([OLD], [], [U], ([NEW], [])),
        ([OTHERS, OLD], [], [U], ([OTHERS, NEW], [])),
        ([OLD, OLDER], [], [U], ([NEW], [])),
        ([OTHERS], [OLD], [A, D], ([OTHERS], [NEW])),
        ([OTHERS], [OLD, OLDER], [A, D], ([OTHERS], [NEW])),
        ([OLD], [OLDER, OTHERS], [U, D], ([NEW], [OTHERS])),
        ([OLD], [NEW], [D, U], ([NEW], [])),
        ([NEW], [OLD], [D], ([NEW], [])),
        ([OTHERS], [NEW, OLD], [D], ([OTHERS], [NEW])),
    ],
)
def test_listeners_get_the_new_one(
    default: list[str], additional: list[str], actions: list[str], after: tuple[list[str], list[str]]
) -> None:
    store = Store()
    store.items = {1: "shop-00000000", 2: "shop-11111111", 3: "other-00000000"}
    if NEW in default + additional:
        store.items[100] = NAME
    store.users, store.additional = {"lsn-1": default, "lsn-2": [OTHERS]}, {"lsn-1": additional, "lsn-2": []}
    options: dict[str, Any] = {"switch_listeners": True, "purge_superseded": True}
    checked = run(store, check=True, **options)
    assert all(not name.startswith(("Upload", "Update", "Delete", "Assoc", "Dissoc")) for name, _params in store.calls)
    done = run(store, **options)
    assert done.actions == checked.actions
    assert [name for each in done.actions for name in (A, U, D) if each.startswith(name)] == actions
    assert done.extras == checked.extras
    assert done.beside == checked.beside
    shown, new = done.beside
    assert set(shown["listeners"]["lsn-1"]) <= {"shop-00000000", "shop-11111111"}
    assert new == {"listeners": {"lsn-1": [NAME]}}
    assert set(shown["superseded"]) == {"shop-00000000", "shop-11111111"}
    assert (store.users["lsn-1"], store.additional["lsn-1"]) == after
    assert store.users["lsn-2"] == [OTHERS]
    assert {name for name in store.items.values() if name.startswith("shop")} == {NAME}
    assert {each["listener_id"] for each in done.extras["switched"]} == {"lsn-1"}
    assert store.warnings == []
    assert not run(store, **options).changed


def test_the_old_one_stays_unless_asked() -> None:
    store = Store()
    store.items, store.users = {1: "shop-00000000"}, {"lsn-1": [OLD]}
    assert run(store, switch_listeners=True).actions == ["upload_user_certificate", "update_listener_attribute"]
    assert 1 in store.items
    assert store.users == {"lsn-1": [NEW]}
    assert not run(store, switch_listeners=True).changed
    assert run(store, purge_superseded=True).actions == ["delete_user_certificate"]


def test_a_run_that_ended_in_between_goes_on() -> None:
    store = Store()
    store.items, store.users = {1: "shop-00000000"}, {"lsn-1": [OLD], "lsn-2": [OLD]}
    store.lost |= {"UploadUserCertificate", "UpdateListenerAttribute", "DeleteUserCertificate"}
    options: dict[str, Any] = {"switch_listeners": True, "purge_superseded": True}
    run(store, **options)
    assert len(store.named("UploadUserCertificate")) == 1
    assert set(map(tuple, store.users.values())) == {(NEW,)}
    store.items[1] = "shop-00000000"
    store.users["lsn-2"] = [OLD]
    assert run(store, **options).actions == ["update_listener_attribute", "delete_user_certificate"]


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "of the console"},
        {"certificate_id": "7"},
        {"certificate_id": "7-cn-hangzhou"},
        {"fingerprint": "FF:FF:FF:FF" + ":EE" * 28},
        {"domain": "WWW.example.com"},
        {"domain": "www.example.com", "name": "of the console"},
    ],
)
@pytest.mark.parametrize("bought", [True, False])
def test_a_certificate_of_others_is_replaced_and_stays(entry: dict[str, str], bought: bool) -> None:
    store = Store()
    store.items, store.foreign = {7: "of the console", 8: "another"}, {7}
    store.bought = {7} if bought else set()
    store.hosts = {7: "*.example.com", 8: "example.com"}
    store.users = {"lsn-1": ["7-cn-hangzhou"], "lsn-2": ["8-cn-hangzhou"]}
    own = {"certificate": make("leaf", "*.example.com"), "replaces": [dict.fromkeys(FILTERS) | entry]}
    options: dict[str, Any] = {**own, "switch_listeners": True, "purge_superseded": True, "purge_expired": True}
    outcome = run(store, **options)
    assert outcome.actions == ["upload_user_certificate", "update_listener_attribute"]
    assert [item["cas_id"] for item in outcome.extras["replaced"]] == [7]
    assert {7, 8} < store.items.keys()
    assert store.users["lsn-2"] == ["8-cn-hangzhou"]
    assert not run(store, **options).changed


@pytest.mark.parametrize("check", [True, False])
def test_no_listener_loses_a_name(check: bool) -> None:
    store = Store()
    store.items, store.users, store.hosts = {1: "shop-00000000"}, {"lsn-1": [OLD]}, {1: "leaf,api.example.com"}
    with pytest.raises(RefusedError, match=r"not valid for api.example.com, and the listener lsn-1"):
        run(store, check=check, switch_listeners=True)
    assert store.named("UploadUserCertificate") == []
    assert run(store, certificate=make("leaf", "leaf", "*.example.com"), switch_listeners=True).changed


def test_no_listener_gets_one_that_has_expired() -> None:
    store, expired = Store(), make("leaf", days=(-9, -1))
    store.items, store.expired, store.users = {5: upload_name(expired), 1: "shop-00000000"}, {5}, {"lsn-1": [OLD]}
    with pytest.raises(RefusedError, match="has expired"):
        run(store, certificate=expired, switch_listeners=True)
    assert store.users == {"lsn-1": [OLD]}


def test_a_certificate_that_is_not_there_yet_is_foretold(tmp_path: Path) -> None:
    store = Store()
    store.items, store.users = {1: "shop-00000000"}, {"lsn-1": [OLD]}
    later = str(tmp_path / "later.crt")
    given: dict[str, Any] = {"certificate": None, "certificate_path": later, "switch_listeners": True}
    checked = run(store, check=True, **given)
    assert checked.actions == ["upload_user_certificate", "update_listener_attribute"]
    assert checked.beside[1] == {"listeners": {"lsn-1": [KNOWN_AFTER_APPLY]}}
    with pytest.raises(RefusedError, match=r"later\.crt does not exist"):
        run(store, **given)
    assert store.users == {"lsn-1": [OLD]}


def test_without_the_right_to_read_listeners_none_is_switched() -> None:
    store = Store()
    store.items = {1: "shop-00000000"}
    store.trouble["ListListeners"] = [error("Forbidden.RAM", 403)]
    with pytest.raises(CloudError, match=r"Forbidden\.RAM"):
        run(store, switch_listeners=True)
    assert store.named("UploadUserCertificate") == []


@pytest.mark.parametrize(
    ("names", "host", "expected"),
    [
        (["www.example.com"], "WWW.Example.com.", True),
        (["*.example.com"], "www.example.com", True),
        (["*.example.com"], "a.www.example.com", False),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "*.example.com", True),
        (["www.example.com"], "*.example.com", False),
        (["xn--czrs0t.example"], "\u5546\u5e97.example", True),
        (["192.0.2.1"], "192.0.2.1", True),
        (["*"], "com", False),
        ([], "example.com", False),
    ],
)
def test_names_that_a_certificate_is_valid_for(names: list[str], host: str, expected: bool) -> None:
    assert is_valid_for(names, host) is expected
