# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of uploads, certificates that are looked at, and what is uploaded."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.pem import Certificate, checked_key, source
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.queries import CaCertificate
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.upload_names import digest_name, is_upload_of
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads.ca_certificate import serial_number
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads.server_certificate import StoredCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from tests.unit.fakes.cloud import Cloud, error

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
    ("name", "upload", "expected"),
    [
        ("shop", "shop-0123abcd", True),
        ("shop", "shop", False),
        ("shop", "shop-2-0123abcd", False),
        ("shop", "shop-0123abc", False),
        ("shop", "shop-0123ABCD", False),
        ("shop", "my-shop-0123abcd", False),
        ("s.op", "shop-0123abcd", False),
        ("shop", "shop-0123abcd\n", False),
    ],
)
def test_which_uploads_are_ours(name: str, upload: str, expected: bool) -> None:
    assert is_upload_of(name, upload) is expected


def test_the_name_says_what_is_in_it() -> None:
    names = {digest_name("shop", Certificate.parse(make(name), "x").fingerprint) for name in ("a", "b")}
    assert len(names) == 2
    assert all(is_upload_of("shop", name) for name in names)


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
        assert found.startswith("-----BEGIN EC PRIVATE KEY-----\n")
        assert found == checked_key(certificate, pem(KEY))


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


class Store(Cloud):
    """The certificate store: names are unique, there is no ClientToken."""

    def __init__(self) -> None:
        super().__init__(
            ListUserCertificateOrder=self.listing,
            GetUserCertificateDetail=self.detail,
            UploadUserCertificate=self.upload,
            DeleteUserCertificate=self.delete,
            ListListeners=lambda params: {"Listeners": [LISTENER | {"ListenerId": each} for each in self.users]},
            ListListenerCertificates=lambda params: {
                "Certificates": [{"CertificateId": each} for each in self.users[params["ListenerId"]]]
            },
        )
        self.items: dict[int, str] = {}
        self.users: dict[str, list[str]] = {}  # certificates by listener

    def listing(self, params: dict[str, Any]) -> dict[str, Any]:
        names = [] if params.get("Status") == "EXPIRED" else list(self.items.items())
        page = names[(params["CurrentPage"] - 1) * params["ShowSize"] :][: params["ShowSize"]]
        orders = [{"CertificateId": number, "Name": name} for number, name in page]
        return {"CertificateOrderList": orders, "TotalCount": len(names)}

    def detail(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["CertFilter"] is True
        number = params["CertId"]
        return {"CertIdentifier": f"{number}-cn-hangzhou", "Name": self.items[number], "NotAfter": 1_000}

    def upload(self, params: dict[str, Any]) -> dict[str, Any]:
        number = 100 + len(self.items)
        self.items[number] = params["Name"]
        return {"CertId": number}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        del self.items[params["CertId"]]
        return {}


def run(store: Store, *, check: bool = False, **options: Any) -> Any:
    params = {
        "name": "shop",
        "certificate": make("leaf"),
        "certificate_path": None,
        "private_key": pem(KEY),
        "private_key_path": None,
        "purge_superseded": False,
        "state": "present",
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


def test_found_on_the_second_page() -> None:
    store = Store()
    certificate = make("leaf")
    run(store, certificate=certificate)
    (ours,) = store.items.values()
    store.items = {number: f"other-{number}" for number in range(70)} | {99: ours}
    assert not run(store, certificate=certificate).changed


def test_replaced_ones_go_after_the_new_one_is_there() -> None:
    store = Store()
    store.items = {1: "shop-00000000", 2: "shop-other-00000000"}
    outcome = run(store, purge_superseded=True)
    assert outcome.actions == ["upload_user_certificate", "delete_user_certificate"]
    assert 1 not in store.items
    assert 2 in store.items
    assert [item["cas_id"] for item in outcome.extras["superseded"]] == [1]


def test_absent_removes_every_upload_of_the_name() -> None:
    store = Store()
    store.items = {1: "shop-00000000", 2: "shop-11111111", 3: "shop"}
    assert run(store, state="absent").changed
    assert store.items == {3: "shop"}
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
    outcome = run(store, purge_superseded=True)
    assert [params["CertId"] for params in store.named("DeleteUserCertificate")] == [1]
    assert all(params["ClientToken"] for params in store.named("DeleteUserCertificate"))
    assert [item["cas_id"] for item in outcome.extras["superseded"]] == [1]
    assert [item["cas_id"] for item in outcome.extras["in_use"]] == [2]
    assert "lsn-1" in store.warnings[0]


def test_without_the_right_to_ask_it_is_left_open() -> None:
    store = Store()
    store.items = {1: "shop-00000000"}
    store.trouble["ListListeners"] = [error("Forbidden.RAM", 403)]
    assert run(store, state="absent").changed
    assert "could not be checked" in store.warnings[0]


def test_nothing_is_asked_while_nothing_goes() -> None:
    store, certificate = Store(), make("leaf")
    for purge in (False, True, False):
        run(store, certificate=certificate, purge_superseded=purge)
    assert store.named("ListListeners") == []
