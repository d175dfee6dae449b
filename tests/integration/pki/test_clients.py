# SPDX-License-Identifier: GPL-3.0-or-later
"""Each client in its own way, thousands at once, and what one failing client does to the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import name_checks
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import keys
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509

from tests.unit.pki.make import codes, make_ca, make_client, run, snapshot
from tests.witnesses.openssl import openssl


def client(**options: Any) -> dict[str, Any]:
    return {"clients": [{"name": "client", "common_name": "client-alb-user", **options}]}


def test_each_client_has_its_own_subject_names_key_and_lifetime(ca: Path) -> None:
    own = {
        "organization_name": "partner",
        "dns_names": ["gateway-7.example.com"],
        "email_addresses": ["b@example.com"],
        "uris": ["spiffe://example.com/gateway/7"],
        "key_type": "rsa",
        "key_size": 2048,
        "valid_for": "20d",
        "renew_before": "5d",
    }
    clients = [
        {"name": "plain", "common_name": "plain"},
        {"name": "own", "common_name": "own", **own},
        {"name": "curve", "common_name": "curve", "curve": "secp384r1"},
    ]
    made = make_client(ca, clients=clients, subject={"organization_name": "alibaba"})["certificates"]
    assert [each["key"] for each in made] == ["ECDSA secp256r1", "RSA 2048", "ECDSA secp384r1"]
    assert [each["subject"]["organization_name"] for each in made] == ["alibaba", "partner", "alibaba"]
    text = openssl("x509", "-in", ca / "own.crt", "-noout", "-text")
    for name in ("DNS:gateway-7.example.com", "email:b@example.com", "URI:spiffe://example.com/gateway/7"):
        assert name in text
    assert "will expire" in openssl("x509", "-in", ca / "own.crt", "-noout", "-checkend", "1728001", check=False)
    assert "will not expire" in openssl("x509", "-in", ca / "plain.crt", "-noout", "-checkend", "1728001")
    assert (ca / "own.chain.crt").read_bytes() == (ca / "own.crt").read_bytes() + (ca / "root.crt").read_bytes()
    again = make_client(ca, clients=clients[::-1], subject={"organization_name": "alibaba"})
    assert [each["reasons"] for each in again["certificates"]] == [[], [], []]


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        ({"uris": ["https://example.com/a"]}, ["san_differs", "csr_differs"]),
        ({"dns_names": ["a.example.com"]}, ["san_differs", "csr_differs"]),
        ({"curve": "secp384r1"}, ["key_type_differs"]),
        ({"valid_for": "1d", "renew_before": "1h"}, []),
        ({"valid_for": "9000d", "renew_before": "4000d"}, []),  # it ends with its CA already
    ],
)
def test_own_options_have_their_reasons(ca: Path, options: dict[str, Any], reasons: list[str]) -> None:
    make_client(ca, **client())
    assert codes(make_client(ca, **client(**options))) == reasons
    assert codes(make_client(ca, **client(**options))) == []


@pytest.mark.parametrize("uri", ["no scheme", "nothing", "", "http://a b", "http://例子/", "spiffe:"])
def test_what_is_no_uri_is_refused(ca: Path, uri: str) -> None:
    with pytest.raises(CertificateError) as refused:
        make_client(ca, **client(uris=[uri]))
    assert refused.value.code == "invalid_uri"


def test_generated_passphrases(ca: Path) -> None:
    clients = [{"name": name, "common_name": name} for name in "ab"]
    options: dict[str, Any] = {
        "clients": [*clients, {"name": "c", "common_name": "c", "pkcs12_passphrase": "given"}],
        "pkcs12_passphrase": None,
        "pkcs12_generate_passphrases": True,
    }
    make_client(ca, write=False, **options)
    assert list(ca.glob("*.txt")) == []
    made = make_client(ca, **options)
    files = [Path(each.get("pkcs12_passphrase_path", "none")) for each in made["certificates"]]
    assert [file.name for file in files] == ["a.p12.txt", "b.p12.txt", "none"]
    texts = [file.read_text().rstrip("\n") for file in files[:2]]
    assert {file.stat().st_mode & 0o777 for file in files[:2]} == {0o600}
    assert len(set(texts)) == 2
    assert min(map(len, texts)) == 24
    assert not any(text in json.dumps(made) for text in texts), "a secret stays out of the result"
    for name, source in (("a", f"file:{files[0]}"), ("b", f"file:{files[1]}"), ("c", "pass:given")):
        assert "PRIVATE KEY" in openssl("pkcs12", "-in", ca / f"{name}.p12", "-passin", source, "-nodes")
    before = snapshot(ca)
    assert make_client(ca, **options)["changed"] is False
    assert snapshot(ca) == before
    files[0].unlink()
    healed = make_client(ca, **options)["certificates"]
    assert [[reason["code"] for reason in each["reasons"]] for each in healed] == [["passphrase_missing"], [], []]
    assert "PRIVATE KEY" in openssl("pkcs12", "-in", ca / "a.p12", "-passin", f"file:{files[0]}", "-nodes")
    assert files[0].read_text() != texts[0]


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    """Made by the client with openssl; it claims to be somebody else."""
    key, csr = tmp_path / "elsewhere.key", tmp_path / "elsewhere.csr"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    openssl(
        "req", "-new", "-key", key, "-subj", "/CN=administrator", "-addext", "subjectAltName=DNS:x.org", "-out", csr
    )
    return csr


@pytest.mark.parametrize("as_path", [True, False])
def test_a_request_of_the_client_keeps_its_key_away(ca: Path, request_file: Path, as_path: bool) -> None:
    given = {"csr_path": str(request_file)} if as_path else {"csr": request_file.read_text()}
    options = client(**given, uris=["urn:device:7"])
    foretold, made = make_client(ca, write=False, **options), make_client(ca, **options)
    assert codes(foretold) == codes(made) == ["missing", "csr_missing"]
    assert sorted(path.name for path in ca.glob("client*")) == ["client.chain.crt", "client.crt", "client.csr"]
    assert "private_key_path" not in made["certificates"][0]
    own = openssl("pkey", "-in", request_file.with_suffix(".key"), "-pubout")
    assert openssl("x509", "-in", ca / "client.crt", "-noout", "-pubkey") == own
    assert "OK" in openssl(
        "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", ca / "root.crt", ca / "client.crt"
    )
    text = openssl("x509", "-in", ca / "client.crt", "-noout", "-text")
    assert "client-alb-user" in text
    assert "administrator" not in text
    assert "x.org" not in text
    assert codes(make_client(ca, **options)) == []
    assert codes(make_client(ca, **{**options, "key_type": "rsa"})) == [], "the kind of key is the client's affair"
    # A new request with another key is a new certificate.
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", request_file.with_suffix(".key"))
    openssl("req", "-new", "-key", request_file.with_suffix(".key"), "-subj", "/CN=b", "-out", request_file)
    renewed = client(csr=request_file.read_text(), uris=["urn:device:7"])
    assert codes(make_client(ca, **renewed)) == ["key_mismatch", "csr_differs"]
    assert codes(make_client(ca, **renewed)) == []


def altered(text: str) -> str:
    lines = text.splitlines()
    lines[3] = lines[3][:8] + ("A" if lines[3][8] != "A" else "B") + lines[3][9:]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda path: path.unlink(), "csr_missing"),
        (lambda path: path.write_text("rubbish"), "csr_unreadable"),
        (lambda path: path.write_text(path.read_text()[:200]), "csr_unreadable"),
        (lambda path: path.write_text(altered(path.read_text())), {"csr_unreadable", "csr_not_signed"}),
        (lambda path: (path.unlink(), path.mkdir()), "file_error"),
    ],
)
def test_a_request_that_is_none(ca: Path, request_file: Path, change: Any, code: Any) -> None:
    change(request_file)
    with pytest.raises(CertificateError) as refused:
        make_client(ca, **client(csr_path=str(request_file)))
    assert refused.value.code in ({code} if isinstance(code, str) else code)


RSA = ("-newkey", "rsa:2048")
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


@pytest.mark.parametrize(
    ("made", "name"),
    [
        ((*RSA, "-sha1"), "SHA-1"),
        ((*RSA, "-md5"), "MD5"),
        ((*RSA, "-sha1", "-sigopt", "rsa_padding_mode:pss"), "SHA-1"),
        ((*CURVE, "-sha1"), "SHA-1"),
        ((*RSA, "-sha224"), None),
        ((*RSA, "-sha256", "-sigopt", "rsa_padding_mode:pss"), None),
        ((*CURVE, "-sha384"), None),
    ],
)
def test_a_request_signed_with_a_weak_hash_is_refused_for_that(
    ca: Path, tmp_path: Path, made: tuple[str, ...], name: str | None
) -> None:
    path = tmp_path / "request.csr"
    openssl("req", "-new", *made, "-nodes", "-keyout", tmp_path / "key", "-subj", "/CN=a", "-out", path)
    if name is None:
        make_client(ca, **client(csr_path=str(path)))
        assert "OK" in openssl("verify", "-CAfile", ca / "root.crt", ca / "client.crt")
        return
    assert f"{name.replace('-', '').lower()}" in openssl("req", "-in", path, "-noout", "-text").lower()
    before = snapshot(ca)
    with pytest.raises(CertificateError, match=f"is signed with {name},") as refused:
        make_client(ca, **client(csr_path=str(path)))
    assert (refused.value.code, snapshot(ca) == before) == ("csr_hash_weak", True)


def test_a_request_as_windows_saves_it(ca: Path, request_file: Path) -> None:
    request_file.write_bytes(request_file.read_text().encode("utf-16"))
    make_client(ca, **client(csr_path=str(request_file)))
    assert "OK" in openssl("verify", "-CAfile", ca / "root.crt", ca / "client.crt")


def test_a_request_for_a_weak_key_is_refused(ca: Path, tmp_path: Path) -> None:
    openssl(
        "req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=a", "-out", tmp_path / "c"
    )
    with pytest.raises(CertificateError, match="at least 2048 bits"):
        make_client(ca, **client(csr_path=str(tmp_path / "c")))


def test_one_failing_client_does_not_stop_the_others(ca: Path) -> None:
    make_client(ca)
    (ca / "blocked.crt").mkdir()
    (ca / "mine.key").write_text("somebody's")
    bad: dict[str, tuple[dict[str, Any], str]] = {
        "blocked": ({}, "file_error"),
        "mine": ({}, "key_unreadable"),
        "twin": ({"common_name": "client-alb-user"}, "common_name_taken"),
        "of the CA": ({"common_name": "root"}, "common_name_of_ca"),
        "weak": ({"key_type": "rsa", "key_size": 1024}, "invalid_key"),
        "country": ({"country_name": "China"}, "invalid_subject"),
        "../out": ({}, "invalid_name"),
        "one": ({"common_name": "same"}, "duplicate"),
        "two": ({"common_name": "same"}, "duplicate"),
    }
    good = [{"name": f"good-{number}", "common_name": f"good {number}"} for number in range(40)]
    mixed = [{"name": name, "common_name": name, **options} for name, (options, _code) in bad.items()]
    clients = [*good[:20], *mixed, *good[20:]]
    foretold = make_client(ca, write=False, tolerant=True, clients=clients)
    done = make_client(ca, tolerant=True, clients=clients)
    found = {failure["name"]: failure["code"] for failure in done["failures"]}
    assert found == {name: code for name, (_options, code) in bad.items()}
    assert foretold["failures"] == done["failures"]
    assert [clients[failure["position"]]["name"] for failure in done["failures"]] == list(found)
    assert [each["name"] for each in done["certificates"]] == [each["name"] for each in good]
    made = [ca / f"{each['name']}.crt" for each in good]
    assert openssl("verify", "-x509_strict", "-CAfile", ca / "root.crt", *made).count(": OK") == 40
    assert (ca / "mine.key").read_text() == "somebody's"
    assert list(ca.glob(".*.part")) == []
    again = make_client(ca, tolerant=True, clients=clients)
    assert again["changed"] is False
    assert len(again["failures"]) == len(bad)


def test_results_of_many_hold_no_certificates_unless_asked(ca: Path) -> None:
    clients = [{"name": f"c{number}", "common_name": f"c{number}"} for number in range(101)]
    options: dict[str, Any] = {"clients": clients, "pkcs12_passphrase": None}
    assert "certificate" not in make_client(ca, **options)["certificates"][0]
    assert "certificate" in make_client(ca, return_content=True, **options)["certificates"][0]
    assert "certificate" in make_client(ca, **{**options, "clients": clients[:100]})["certificates"][0]


MEASURE = """
import json, sys
from pathlib import Path
from tests.unit.pki.make import make_ca, make_client
path = Path(sys.argv[1])
make_ca(path)
def run(number):
    clients = [{"name": f"c{n}", "common_name": f"c{n}"} for n in range(number)]
    made = make_client(path, clients=clients, pkcs12_passphrase=None)
    # Not ru_maxrss: that of the process which started this one is in it.
    most = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    return int(most), len(json.dumps(made))
print(json.dumps([run(50), run(1050)]))
"""


def test_memory_of_ten_thousand_clients_stays_within_300_mebibytes(tmp_path: Path) -> None:
    """Extrapolated from what a thousand need more than fifty; tests/bench measures all ten thousand."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    (few, _small), (many, size) = json.loads(done.stdout)
    assert (few + 10 * (many - few)) / 1024 < 300
    assert 10 * size < 50e6, "and Ansible has the result to carry around"


def test_a_passphrase_from_a_file(ca: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_text("päss phrase \n")
    options = {**client(pkcs12_passphrase_path=str(given)), "pkcs12_passphrase": "of all"}
    make_client(ca, **options)
    opened = openssl("pkcs12", "-in", ca / "client.p12", "-passin", f"file:{given}", "-nodes")
    assert (ca / "client.crt").read_text() in opened
    assert make_client(ca, **options)["changed"] is False
    given.write_text("another")
    assert codes(make_client(ca, **options)) == ["pkcs12_differs"]
    for content, code in ((b"\n", "passphrase_missing"), (b"\xff", "invalid_passphrase"), (None, "passphrase_missing")):
        given.unlink() if content is None else given.write_bytes(content)
        with pytest.raises(CertificateError, match=str(given)) as refused:
            make_client(ca, **options)
        assert refused.value.code == code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r\n\r\n"])
def test_a_passphrase_file_of_any_editor(ca: Path, tmp_path: Path, encoding: str, end: str) -> None:
    """Written on Windows with a mark and CRLF: the passphrase is what its author has typed."""
    given = tmp_path / "given"
    given.write_bytes(f"pässwort 密码{end}".encode(encoding))
    options = {**client(pkcs12_passphrase_path=str(given)), "pkcs12_passphrase": None}
    make_client(ca, **options)
    opened = openssl("pkcs12", "-in", ca / "client.p12", "-passin", "pass:pässwort 密码", "-nodes")
    assert (ca / "client.crt").read_text() in opened
    given.write_bytes("pässwort 密码".encode())
    assert make_client(ca, **options)["changed"] is False


def test_a_generated_passphrase_that_an_editor_has_saved_again(ca: Path) -> None:
    options: dict[str, Any] = {**client(), "pkcs12_passphrase": None, "pkcs12_generate_passphrases": True}
    make_client(ca, **options)
    file = ca / "client.p12.txt"
    text = file.read_text().strip()
    file.write_bytes(f"{text}\r\n".encode("utf-8-sig"))
    again = make_client(ca, **options)
    assert "pkcs12_differs" not in codes(again)
    assert (ca / "client.crt").read_text() in openssl(
        "pkcs12", "-in", ca / "client.p12", "-passin", f"pass:{text}", "-nodes"
    )
    found = run("info", paths=[str(ca / "client.p12")])
    assert (len(found["certificates"]), found["unreadable"]) == (2, [])


def test_what_is_left_of_earlier_options_is_named(ca: Path) -> None:
    generated: dict[str, Any] = {"pkcs12_passphrase": None, "pkcs12_generate_passphrases": True}
    assert make_client(ca, **client(), **generated)["warnings"] == []
    for options, name in (
        ({"pkcs12_passphrase": "given"}, "client.p12.txt"),
        ({"pkcs12_passphrase": None}, "client.p12"),
    ):
        assert name in make_client(ca, **client(), **options)["warnings"][0]
    own = client(csr=(ca / "client.csr").read_text())
    assert "3 file(s)" in make_client(ca, **own)["warnings"][0]
    assert (ca / "client.key").exists()


def test_a_passphrase_that_another_run_has_just_generated_is_kept(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After this run has looked, and before it has the lock."""
    real, text = name_checks.taken, ca / "client.p12.txt"

    def meanwhile(*arguments: Any) -> Any:
        text.write_text("of the other run\n")
        return real(*arguments)

    monkeypatch.setattr(name_checks, "taken", meanwhile)
    make_client(ca, **client(), pkcs12_passphrase=None, pkcs12_generate_passphrases=True)
    assert text.read_text() == "of the other run\n"
    assert "PRIVATE KEY" in openssl("pkcs12", "-in", ca / "client.p12", "-passin", f"file:{text}", "-nodes")


def test_a_check_run_makes_one_key_of_a_kind(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = keys.generate

    def generate(spec: keys.KeySpec) -> Any:
        made.append(str(spec))
        return real(spec)

    monkeypatch.setattr(keys, "generate", generate)
    clients = [{"name": f"c{n}", "common_name": f"c{n}", "key_size": 2048 + 8 * (n % 2)} for n in range(10)]
    result = make_client(ca, write=False, clients=clients, key_type="rsa", pkcs12_passphrase=None)
    assert len(result["certificates"]) == 10
    assert sorted(made) == ["RSA 2048", "RSA 2056"]


def test_what_failed_while_it_was_written_counts_as_a_change(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def refusing(source: str, target: str) -> None:
        if target.endswith("client.crt"):
            raise PermissionError(1, "Operation not permitted", target)
        real(source, target)

    monkeypatch.setattr(os, "replace", refusing)
    result = make_client(ca, **client(), tolerant=True)
    assert (ca / "client.key").exists()
    assert [each["code"] for each in result["failures"]] == ["file_error"]
    assert result["changed"] is True


def test_client_names_are_looked_up_by_ca(tmp_path: Path) -> None:
    """The same common name under two CAs is no conflict."""
    for name in ("one", "two"):
        make_ca(tmp_path / name)
        make_client(tmp_path / name)
    first, second = (x509.load_pem_x509_certificate((tmp_path / n / "client.crt").read_bytes()) for n in ("one", "two"))
    assert first.subject == second.subject
    assert first.issuer == second.issuer
