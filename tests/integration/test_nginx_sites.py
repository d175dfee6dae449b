# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites on a running Nginx: served, refused, switched together or not at all, and removed."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from alicloud_sandbox.testing import free_port
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import engine, files, selinux, service
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.site import Site

from tests.witnesses.openssl import new_certificate, openssl
from tests.witnesses.processes import until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:" + os.environ.get("PATH", ""))


def without_time_and_pid(message: str) -> str:
    """Return a message without what differs from run to run in Nginx's words."""
    return re.sub(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d|\d+#\d+", "", message)


def soon() -> Any:
    """Return a context in which a run gives up soon, for runs that nothing would make succeed."""
    return patch.object(engine, "RELOAD_SECONDS", 2)


class Host:
    """An Nginx of the test's own, with a service in the place of systemd's."""

    def __init__(self, root: Path, certificates: Path) -> None:
        self.root, self.certificates = root, certificates
        self.main = root / "etc/nginx/nginx.conf"
        self.port = free_port()
        self.reloads = 0
        for name in ("etc/nginx/conf.d", "www"):
            (root / name).mkdir(parents=True)
        self.main.write_text(
            f"user {pwd.getpwuid(os.geteuid()).pw_name}; pid {root}/nginx.pid;\n"
            f"error_log {root}/error.log; events {{}}\n"
            f"http {{ access_log off; include conf.d/*.conf; }}\n"
        )

    # --- the service
    def _nginx(self, *words: str) -> str:
        done = subprocess.run([str(NGINX), "-c", str(self.main), *words], capture_output=True, text=True, check=False)
        return done.stderr if done.returncode else ""

    def state(self) -> tuple[bool, bool]:
        return bool(self.pid()), True

    def pid(self) -> str:
        """Return the number of the main process. Nginx's own test leaves an empty file."""
        path = self.root / "nginx.pid"
        with contextlib.suppress(FileNotFoundError):
            return path.read_text().strip()
        return ""

    def start(self) -> str:
        return self._nginx()

    def reload(self) -> str:
        self.reloads += 1
        return self._nginx("-s", "reload")

    def enable(self) -> None:
        raise AssertionError("it is enabled")

    def stop(self) -> None:
        if self.pid():
            os.kill(int(self.pid()), signal.SIGTERM)
            until(lambda: not self.pid(), "Nginx has ended")

    # --- runs
    def site(self, certificate: str = "first", key: str = "", **options: Any) -> Site:
        name = options.setdefault("name", "https")
        values: dict[str, Any] = {
            "certificate": (self.certificates / f"{certificate}.crt").read_text(),
            "private_key": (self.certificates / f"{key or certificate}.key").read_text(),
            "certificate_path": f"{self.root}/pki/{name}.crt",
            "private_key_path": f"{self.root}/pki/private/{name}.key",
            "configuration_path": f"{self.root}/etc/nginx/conf.d/{name}.conf",
            "root": f"{self.root}/www",
            "port": self.port,
            "page": "hello",
            "option_prefix": "",
        }
        return Site(**{**values, **options})

    def run(self, *sites: Site, **options: Any) -> engine.Result:
        request = engine.Request(
            sites=list(sites),
            service=self,
            executable=options.pop("executable", str(NGINX)),
            main=options.pop("main", str(self.main)),
            state_directory=f"{self.root}/state",
            **options,
        )
        return engine.Run(request).go()

    def refused(self, *sites: Site, **options: Any) -> str:
        """Return why the sites are refused, in a check run as well; not one file has changed afterwards."""
        before = self.tree()
        with pytest.raises(files.SiteError) as failure, soon():
            self.run(*sites, **options)
        assert self.tree() == before
        return str(failure.value)

    def refused_in_both(self, *sites: Site) -> str:
        message = self.refused(*sites)
        assert without_time_and_pid(self.refused(*sites, check_mode=True)) == without_time_and_pid(message)
        assert not self.reloads
        return message

    def tree(self) -> dict[str, tuple[int, bytes]]:
        """Return modes and contents of all files but Nginx's own and the empty directory of the record."""
        return {
            str(path): (path.lstat().st_mode, path.read_bytes())
            for path in self.root.rglob("*")
            if path.is_file() and path.name not in ("nginx.pid", "error.log")
        }

    # --- the witness
    def curl(self, name: str, certificate: str, port: int = 0, path: str = "/") -> str:
        port = port or self.port
        return subprocess.run(
            [
                *("curl", "--silent", "--show-error", "--fail", "--max-time", "20"),
                *("--cacert", str(self.certificates / f"{certificate}.crt")),
                *("--resolve", f"{name}:{port}:127.0.0.1", f"https://{name}:{port}{path}"),
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certificates")
    for name in ("first", "second", "other"):
        new_certificate(directory, name, f"/CN={name}", "subjectAltName=DNS:www.example.com,DNS:*.example.org")
    return directory


@pytest.fixture
def host(tmp_path: Path, certificates: Path) -> Iterator[Host]:
    root = tmp_path / "host"
    root.mkdir()
    made = Host(root, certificates)
    yield made
    made.stop()


def test_a_site_is_served_and_renewed_without_a_restart(host: Host) -> None:
    assert host.run(host.site(), check_mode=True).changed
    assert host.tree().keys() == {str(host.main)}
    assert host.run(host.site()).changed
    assert host.curl("www.example.com", "first") == "hello\n"
    pid = (host.root / "nginx.pid").read_text()
    assert not host.run(host.site(), check_mode=True).changed
    assert not host.run(host.site()).changed
    assert host.reloads == 0
    assert host.run(host.site("second", server_name="www.example.com")).backups == []
    assert host.curl("www.example.com", "second") == "hello\n"
    assert (host.root / "nginx.pid").read_text() == pid
    assert (host.root / "pki/private/https.key").stat().st_mode & 0o777 == 0o600
    assert not (host.root / "etc/nginx.staged").exists()


def test_many_sites_with_names_ports_and_an_application(host: Host) -> None:
    application = free_port()
    (host.root / "etc/nginx/conf.d/application.conf").write_text(
        f"server {{ listen 127.0.0.1:{application}; return 200 '$http_host $http_x_forwarded_proto'; }}\n"
    )
    port = free_port()
    while port == host.port:
        port = free_port()
    sites = [
        host.site("first", name="a", server_name="www.example.com", profile="intermediate", headers={"X-A": "b c"}),
        host.site("second", name="b", server_name="*.example.org", page="", upstream=f"http://127.0.0.1:{application}"),
        host.site("other", name="c", server_name="www.example.com", page="", port=port, profile="modern", http2=True),
    ]
    assert host.run(*sites).changed
    assert not host.run(*sites).changed
    assert host.curl("www.example.com", "first") == "hello\n"
    assert host.curl("any.example.org", "second") == f"any.example.org:{host.port} https"
    assert host.curl("www.example.com", "other", port) == "hello\n"
    assert host.run(sites[1], sites[2]).changed is False, "a site that is not named stays"
    assert host.curl("www.example.com", "first") == "hello\n"


def test_certificates_and_keys_are_examined(host: Host) -> None:
    assert "key values mismatch" in host.refused_in_both(host.site("first", "second"))
    other = host.site(server_name="www.example.net")
    assert "www.example.net; it is for www.example.com" in host.refused_in_both(other)
    assert "*.example.com" in host.refused_in_both(host.site(server_name="*.example.com"))
    key = host.site().private_key
    assert "no certificate" in host.refused_in_both(replace(host.site(), certificate=key))
    (host.root / "www/plain.key").write_text(key)
    openssl(
        "pkcs8",
        "-topk8",
        "-in",
        "www/plain.key",
        "-passout",
        "pass:secret",
        "-out",
        "www/locked.key",
        directory=host.root,
    )
    locked = (host.root / "www/locked.key").read_text()
    assert "encrypted" in host.refused_in_both(replace(host.site(), private_key=locked))
    words = host.root / "www/words"
    missing = replace(host.site(), private_key=locked, password_file=str(words))
    assert f"password_file: {words} does not exist on the server" in host.refused_in_both(missing)
    words.write_text("secret\n")
    assert host.run(replace(host.site(), private_key=locked, password_file=str(words))).changed
    assert host.curl("www.example.com", "first") == "hello\n"


def test_an_expired_certificate_is_refused(host: Host) -> None:
    new_certificate(host.root, "old", "/CN=old")
    openssl("x509", "-in", "old.crt", "-signkey", "old.key", "-days", "-1", "-out", "old.crt", directory=host.root)
    certificate, key = ((host.root / name).read_text() for name in ("old.crt", "old.key"))
    expired = replace(host.site(), certificate=certificate, private_key=key)
    assert "certificate has expired" in host.refused_in_both(expired)


@pytest.mark.parametrize("kind", ["certificate", "private_key", "configuration", "page"])
def test_files_of_others_are_refused_or_kept(host: Host, kind: str) -> None:
    site = host.site()
    path = Path(getattr(site, f"{kind}_path"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# somebody's\n")
    assert str(path) in host.refused_in_both(site)
    (backup,) = host.run(site, replace=True).backups
    assert Path(backup).read_text() == "# somebody's\n"
    assert Path(backup).stat().st_mode & 0o777 == 0o600
    assert host.curl("www.example.com", "first") == "hello\n"
    assert host.run(host.site("second")).backups == [], "the role's own now"


def test_a_server_of_an_older_version_is_taken_over(host: Host) -> None:
    host.run(host.site())
    shutil.rmtree(host.root / "state")
    assert not host.run(host.site()).changed
    assert host.run(host.site("second")).backups == []


def test_another_program_on_the_port(host: Host) -> None:
    with socket.create_server(("127.0.0.1", host.port)):
        message = host.refused_in_both(host.site())
    assert message.startswith(f"Port {host.port} belongs to another program: ")


FOREIGN = """server {{ listen {port} ssl; server_name {name};
    ssl_certificate {root}/other.crt; ssl_certificate_key {root}/other.key; }}
"""


# With a variable only the served certificate tells whose it is.
UNSEEN = """map $ssl_server_name $foreign {{ default {root}/other; }}
server {{ listen {port} ssl; server_name {name}; ssl_certificate $foreign.crt; ssl_certificate_key $foreign.key; }}
"""


def foreign(host: Host, name: str, block: str = FOREIGN, file: str = "a.conf") -> None:
    for suffix in ("crt", "key"):
        shutil.copy(host.certificates / f"other.{suffix}", host.root)
    text = block.format(port=host.port, name=name, root=host.root)
    (host.root / "etc/nginx/conf.d" / file).write_text(text)


def test_another_default_server_is_told_and_the_previous_files_come_back(host: Host) -> None:
    foreign(host, "shop.example.net", UNSEEN)
    assert host.start() == ""
    message = host.refused(host.site())
    assert "it serves another certificate, SHA-256 " in message
    assert "The previous files are back" in message
    assert not (host.root / "pki").exists()
    assert host.run(host.site(default_server=True)).changed
    assert host.curl("www.example.com", "first") == "hello\n"


@pytest.mark.parametrize("block", [FOREIGN, FOREIGN.replace("listen {port}", "listen 127.0.0.1:{port}")])
def test_another_default_server_is_told_before_anything_is_written(host: Host, block: str) -> None:
    foreign(host, "shop.example.net", block)
    assert host.start() == ""
    message = host.refused_in_both(host.site())
    assert f"server_name: Clients of port {host.port} that ask for no name or an unknown one would get" in message
    assert f"{host.root}/etc/nginx/conf.d/a.conf, not this one" in message


def test_a_site_that_takes_the_default_server_of_another_one_warns(host: Host) -> None:
    foreign(host, "shop.example.net", file="z.conf")
    assert host.start() == ""
    for check_mode in (True, False):
        (warning,) = host.run(host.site(), check_mode=check_mode).warnings
        assert (
            f"default server of port {host.port} instead of the one in {host.root}/etc/nginx/conf.d/z.conf" in warning
        )
    assert host.run(host.site("second")).warnings == []
    assert host.run(host.site("second", default_server=True)).warnings == []


def test_a_site_without_tls_on_the_port_is_not_harmed(host: Host) -> None:
    foreign(host, "shop.example.net", "server {{ listen {port}; server_name {name}; }}\n", "z.conf")
    assert "serves port" in host.refused_in_both(host.site())


def test_pages_of_others_are_refused_once_the_site_exists(host: Host) -> None:
    host.run(host.site())
    (host.root / "other").mkdir()
    (host.root / "other/index.html").write_text("somebody's\n")
    moved = host.site(root=f"{host.root}/other")
    assert f"root: {host.root}/other/index.html exists already" in host.refused(moved)


def test_a_name_that_another_site_has_is_told(host: Host) -> None:
    foreign(host, "www.example.com")
    assert "www.example.com on 0.0.0.0" in host.refused_in_both(host.site(server_name="www.example.com"))


def test_a_configuration_that_is_broken_already(host: Host) -> None:
    (host.root / "etc/nginx/conf.d/z.conf").write_text("no_such_directive;\n")
    message = host.refused_in_both(host.site())
    assert message.startswith("The configuration on this server is broken already")
    assert 'unknown directive "no_such_directive"' in message


def test_a_site_with_an_error_is_refused_by_nginx(host: Host) -> None:
    assert 'unknown directive "nonsense"' in host.refused_in_both(host.site(extra="nonsense on;"))


def fill_disk(monkeypatch: pytest.MonkeyPatch, *ends: str) -> None:
    """Let the disk be full for new files beside the paths with these ends."""
    write = files.write_beside

    def write_if_space(path: str, *rest: Any) -> str:
        if path.endswith(ends):
            raise OSError(28, "No space left on device")
        return write(path, *rest)

    monkeypatch.setattr(files, "write_beside", write_if_space)


def test_a_full_disk_leaves_everything_as_it_was(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is the second file that is written beside its target."""
    host.run(host.site())
    fill_disk(monkeypatch, "https.key")
    assert "No space left on device" in host.refused(host.site("second"))
    assert host.curl("www.example.com", "first") == "hello\n"
    assert host.reloads == 0


def test_a_failure_between_two_renames_leaves_everything_as_it_was(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.run(host.site())
    rename = os.rename

    def failing(source: str, target: str) -> None:
        if target.endswith("https.key") and not done:
            done.append(target)
            raise OSError(30, "Read-only file system")
        rename(source, target)

    done: list[str] = []
    monkeypatch.setattr(os, "rename", failing)
    assert "Read-only file system" in host.refused(host.site("second"))
    assert done
    assert host.curl("www.example.com", "first") == "hello\n"


def test_an_interrupted_run_is_caught_up(host: Host) -> None:
    host.run(host.site())
    for suffix, path in (("crt", "pki/https.crt"), ("key", "pki/private/https.key")):
        shutil.copy(host.certificates / f"second.{suffix}", host.root / path)
    (host.root / "etc/nginx.staged").mkdir(mode=0o700)
    for path in ("pki/https.crt", "pki/private/https.key"):
        (host.root / path).chmod(0o644 if path.endswith("crt") else 0o600)
    assert host.run(host.site("second")).changed
    assert host.reloads == 1
    assert host.curl("www.example.com", "second") == "hello\n"


def test_a_site_goes_away_and_the_page_before_it_comes_back(host: Host) -> None:
    (host.root / "www/index.html").write_text("<h1>Welcome to nginx!</h1>\n")
    before = {name: state for name, state in host.tree().items() if "/state/" not in name}
    first, second = (
        host.site(server_name="www.example.com"),
        host.site("second", name="b", server_name="b.example.org", page=""),
    )
    host.run(first, second)
    gone = replace(first, state="absent")
    assert host.run(gone, check_mode=True).changed
    assert host.curl("b.example.org", "second")
    assert host.run(gone).changed
    assert not host.run(gone).changed
    assert host.curl("b.example.org", "second")
    host.run(replace(second, state="absent"))
    after = {name: state for name, state in host.tree().items() if "/state/" not in name}
    assert after == before


def test_what_is_not_the_roles_own_is_not_removed(host: Host) -> None:
    site = host.site(state="absent")
    Path(site.configuration_path).write_text("# somebody's\n")
    host.start()
    assert not host.run(site).changed
    assert Path(site.configuration_path).exists()


def test_two_sites_with_one_page(host: Host) -> None:
    first, second = host.site(server_name="www.example.com"), host.site("second", name="b", server_name="b.example.org")
    host.run(first, second)
    assert host.curl("b.example.org", "second") == host.curl("www.example.com", "first") == "hello\n"
    host.run(replace(second, state="absent"))
    assert host.curl("www.example.com", "first") == "hello\n"
    assert "Two sites have different pages" in host.refused(first, replace(second, page="other"), check_mode=True)


def test_a_server_that_was_down_is_left_with_the_files_of_before(host: Host) -> None:
    foreign(host, "shop.example.net", UNSEEN)
    assert "The previous files are back" in host.refused(host.site())
    assert host.reloads == 1, "what was started goes on with the previous files"


def test_no_request_fails_while_certificates_are_renewed(host: Host) -> None:
    """Every request is a connection of its own, one after the other, from before the renewals until after them."""
    host.run(host.site(server_name="www.example.com"))
    trusted = ssl.create_default_context()
    for name in ("first", "second"):
        trusted.load_verify_locations(host.certificates / f"{name}.crt")
    answers: list[bytes] = []
    failures: list[BaseException] = []
    ended = threading.Event()

    def load() -> None:
        while not ended.is_set() and not failures:
            try:
                plain = socket.create_connection(("127.0.0.1", host.port))
                with plain, trusted.wrap_socket(plain, server_hostname="www.example.com") as connection:
                    connection.sendall(b"GET / HTTP/1.0\r\nHost: www.example.com\r\n\r\n")
                    answers.append(b"".join(iter(lambda: connection.recv(9999), b"")))
            except BaseException as error:
                failures.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        for number in range(6):
            name, headers = ("second", "first")[number % 2], {"X-Number": str(number)}
            host.run(host.site(name, server_name="www.example.com", headers=headers))
    finally:
        ended.set()
        thread.join()
    assert failures == []
    assert all(b"200 OK" in answer and answer.endswith(b"hello\n") for answer in answers)
    assert any(b"X-Number: " in answer for answer in answers), "the load went on during the renewals"


def test_everything_of_the_role_goes_away_and_the_host_is_as_it_was_found(host: Host) -> None:
    """Replaced files come back with their modes; directories go if the role has made them and nobody uses them."""
    site, other = (
        host.site(server_name="www.example.com"),
        host.site("second", name="b", server_name="b.example.org", page=""),
    )
    foreign(host, "shop.example.net", file="https.conf")
    (host.root / "etc/nginx/conf.d/https.conf").chmod(0o640)
    (host.root / "www/index.html").write_text("somebody's\n")
    before = host.tree()
    directories = {path for path in host.root.rglob("*") if path.is_dir()}
    assert len(host.run(site, other, replace=True).backups) == 2
    gone = host.run(replace(site, state="absent"), purge_sites=True, check_mode=True)
    assert sorted(gone.paths) == sorted(
        [f"{host.root}/{path}" for path in ("www/index.html", "etc/nginx/conf.d/https.conf", "etc/nginx/conf.d/b.conf")]
        + [f"{host.root}/pki/{path}" for path in ("https.crt", "b.crt", "private/https.key", "private/b.key")]
    )
    assert host.run(replace(site, state="absent"), purge_sites=True).changed
    assert host.tree() == before
    assert {path for path in host.root.rglob("*") if path.is_dir()} == directories
    assert not host.run(replace(site, state="absent"), purge_sites=True).changed


def test_a_directory_with_files_of_others_stays(host: Host) -> None:
    host.run(host.site())
    (host.root / "pki/mine.crt").write_text("somebody's\n")
    assert host.run(purge_sites=True).changed
    assert [path.name for path in (host.root / "pki").iterdir()] == ["mine.crt"]
    assert not (host.root / "state").exists()


def test_a_changed_file_of_the_role_is_kept_but_does_not_come_back(host: Host) -> None:
    host.run(host.site())
    page = host.root / "www/index.html"
    page.write_text("edited\n")
    (backup,) = host.run(host.site(page="new")).backups
    assert Path(backup).read_text() == "edited\n"
    host.run(purge_sites=True)
    assert not page.exists()
    assert Path(backup).exists(), "nothing else has these words"


def test_a_stopped_nginx_is_not_started_for_a_removal(host: Host) -> None:
    host.run(host.site())
    host.stop()
    assert host.run(host.site(state="absent")).changed
    assert not host.pid()
    assert not host.run(host.site(state="absent")).changed


def test_a_check_run_on_a_server_without_nginx(host: Host) -> None:
    before = host.tree()
    for check_mode in (True, False):
        result = host.run(host.site(), executable="/does/not/exist", check_mode=check_mode)
        assert (result.installed, result.changed) == (False, True)
        shown = "".join(each["after"] for each in result.diff)
        assert ("ssl_certificate" in shown and "hello" in shown) == check_mode
        assert "PRIVATE KEY" not in shown
    assert "key values mismatch" in host.refused(
        host.site("first", "second"), executable="/does/not/exist", check_mode=True
    )
    assert host.tree() == before


@pytest.mark.parametrize("responder", [True, False])
def test_stapling_where_the_certificate_has_a_responder(host: Host, responder: bool) -> None:
    extensions = ["subjectAltName=DNS:www.example.com"]
    extensions += ["authorityInfoAccess=OCSP;URI:http://127.0.0.1:9/"] if responder else []
    new_certificate(host.root, "stapled", "/CN=stapled", *extensions)
    certificate, key = ((host.root / name).read_text() for name in ("stapled.crt", "stapled.key"))
    site = replace(host.site(profile="modern"), certificate=certificate, private_key=key)
    host.run(site)
    assert ("ssl_stapling on;" in Path(site.configuration_path).read_text()) == responder
    assert not host.run(site).changed


def test_nginx_is_found_under_another_prefix(tmp_path: Path) -> None:
    """A program that tells other places, as an Nginx of the user's own does."""
    program = tmp_path / "nginx"
    told = "nginx version: openresty/1.27.1.2\nconfigure arguments: --prefix=/opt/or/nginx --with-threads"
    program.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
    program.chmod(0o755)
    found = service.find(str(program))
    assert found.main == "/opt/or/nginx/conf/nginx.conf"
    assert found.error_log == "/opt/or/nginx/logs/error.log"
    assert found.version == (1, 27, 1, 2)
    program.write_text("#!/bin/sh\n")
    with pytest.raises(files.SiteError, match="is not Nginx"):
        service.find(str(program))
    shown = subprocess.run([str(NGINX), "-V"], capture_output=True, text=True, check=True).stderr
    assert f"--conf-path={service.find(str(NGINX)).main}" in shown


# --- failures on the way


@pytest.mark.parametrize("end", ["state/files.json", "pki_https.crt.1", "pki_private_https.key.1"])
def test_a_disk_that_is_full_at_a_backup_or_at_the_record(
    host: Host, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """No backup is left, and the record is as before. It was not written, so it needs no space to be so."""
    host.run(host.site())
    for kind in ("certificate", "private_key"):
        path = Path(getattr(host.site(), f"{kind}_path"))
        path.write_text(path.read_text() + "\n")
    fill_disk(monkeypatch, end)
    message = host.refused(host.site("second"))
    assert "No space left on device" in message
    assert "Nothing has been replaced" in message
    assert host.curl("www.example.com", "first") == "hello\n"


def test_files_that_cannot_be_brought_back_are_named(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another default server is seen after the reload, and by then the disk is full."""
    foreign(host, "shop.example.net", UNSEEN)
    assert host.start() == ""
    for path in (Path(host.site().certificate_path), Path(host.site().configuration_path)):
        path.parent.mkdir(exist_ok=True)
        path.write_text("# somebody's\n")
    reload = host.reload

    def fill_disk_and_reload() -> str:
        fill_disk(monkeypatch, "https.crt")
        return reload()

    monkeypatch.setattr(host, "reload", fill_disk_and_reload)
    with pytest.raises(files.SiteError) as failure, soon():
        host.run(host.site(), replace=True)
    message = str(failure.value)
    assert "it serves another certificate, SHA-256 " in message
    assert f"{host.site().certificate_path} (No space left on device" in message
    assert host.site().configuration_path not in message
    assert "previous files are back" not in message
    assert Path(host.site().configuration_path).read_text() == "# somebody's\n"
    assert not Path(host.site().private_key_path).exists()
    backups = [path.read_text() for path in (host.root / "state/backup").iterdir()]
    assert "# somebody's\n" in backups, "the backup is the only copy now"


def test_only_a_file_that_exists_is_labelled(host: Host) -> None:
    """SELinux has no context for a path at which nothing is, and the module would end there."""

    def label(path: str) -> None:
        assert os.path.lexists(path), path

    foreign(host, "shop.example.net", UNSEEN)
    assert host.start() == ""
    assert "The previous files are back" in host.refused(host.site(), label=label)
    (host.root / "etc/nginx/conf.d/a.conf").unlink()
    assert host.run(host.site(), label=label).changed
    assert host.run(host.site(state="absent"), label=label).changed
    assert not Path(host.site().configuration_path).exists()


def test_the_previous_files_come_back_when_one_cannot_be_labelled(host: Host) -> None:
    """The module ends in the label then."""
    before = host.tree()
    labelled = []

    def label(path: str) -> None:
        labelled.append(path)
        if path.endswith("https.conf"):
            raise SystemExit(1)

    with pytest.raises(SystemExit):
        host.run(host.site(), label=label)
    assert labelled
    assert host.tree() == before


def test_a_log_that_is_moved_away_says_nothing(tmp_path: Path) -> None:
    """As the rotation of logs does, at any time during a reload."""
    path = tmp_path / "error.log"
    path.write_text("1970/01/01 00:00:00 [emerg] 1#1: before\n")
    log = service.Log(str(tmp_path / "nginx.conf"), service.Found((1, 22, 1), "", str(path), ""))
    with path.open("a") as file:
        file.write("1970/01/01 00:00:00 [emerg] 1#1: after\n")
    assert log.words() == "[emerg] after"
    path.rename(tmp_path / "error.log.1")
    assert log.words() == ""


def test_a_page_that_was_a_link_comes_back_as_one(host: Host) -> None:
    """So the test page of the EL family is."""
    (host.root / "test.html").write_text("Test Page\n")
    page = host.root / "www/index.html"
    page.symlink_to("../test.html")
    (backup,) = host.run(host.site()).backups
    assert os.readlink(backup) == "../test.html"
    assert host.curl("www.example.com", "first") == "hello\n"
    gone = host.site(state="absent")
    assert host.run(gone, check_mode=True).changed
    assert host.run(gone).changed
    assert os.readlink(page) == "../test.html"
    assert not host.run(gone).changed
    assert (host.root / "test.html").read_text() == "Test Page\n"
    assert not (host.root / "state").exists(), "the backup is in its place again"
    assert len(host.run(host.site()).backups) == 1
    assert host.curl("www.example.com", "first") == "hello\n"


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_page_that_is_no_file_is_refused(host: Host, make: Any) -> None:
    make(host.root / "www/index.html")
    assert f"{host.root}/www/index.html is not a regular file. " in host.refused_in_both(host.site())


def test_the_stage_beside_another_nginx_is_looked_at_as_well(host: Host) -> None:
    """``main`` is told by the program, so the place of the stage is known only then."""
    program = host.root / "nginx"
    told = f"nginx version: nginx/1.27.1\nconfigure arguments: --conf-path={host.main}"
    program.write_text(f'#!/bin/sh\nif [ "$1" = -V ]; then echo \'{told}\' >&2; else exec {NGINX} "$@"; fi\n')
    program.chmod(0o755)
    (host.root / "etc/nginx.staged").mkdir()
    (host.root / "etc/nginx.staged/notes").write_text("of another program\n")
    assert "nginx.staged" in host.refused(host.site(), main="", executable=str(program))
    assert (host.root / "etc/nginx.staged/notes").exists()


def test_an_executable_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "nginx").write_text("no program\n")
    with pytest.raises(files.SiteError, match="nginx cannot be run"):
        service.find(str(tmp_path / "nginx"))


# --- SELinux


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """SELinux's tools, which note how they are called; no machine of the project has the real ones."""
    tools = tmp_path / "tools"
    tools.mkdir()
    scripts = {
        "semanage": "[ $2 = --list ] && printf '%s\\n' 'http_port_t tcp 80, 443' 'x_port_t tcp 9440-9449, 9500' || ",
        "getsebool": "echo 'httpd_can_network_connect --> off' || ",
        "setsebool": "",
    }
    for name, script in scripts.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}echo {name} $* >>{tools}/called\n")
        (tools / name).chmod(0o755)
    (tools / "enforce").write_text("1")
    monkeypatch.setattr(selinux, "ENFORCE", str(tools / "enforce"))
    monkeypatch.setattr(selinux, "PATH", f"{tools}:/usr/bin:/bin")
    return tools


def test_what_selinux_forbids_is_told_with_the_commands(host: Host, policy: Path) -> None:
    site = host.site(upstream="http://127.0.0.1:1", page="")
    message = host.refused_in_both(site)
    assert f"  semanage port --add --type http_port_t --proto tcp {host.port}\n" in message
    assert "  setsebool -P httpd_can_network_connect on" in message
    (policy / "enforce").write_text("0")
    assert host.run(site).changed
    assert not (policy / "called").exists()


def test_what_selinux_forbids_is_permitted_and_taken_back_with_the_files(host: Host, policy: Path) -> None:
    assert host.run(host.site(), selinux=True, check_mode=True).changed
    assert not (policy / "called").exists()
    foreign(host, "shop.example.net", UNSEEN)
    assert host.start() == ""
    assert "The previous files are back" in host.refused(host.site(), selinux=True)
    port = f"--proto tcp {host.port}"
    added, removed = f"semanage port --add --type http_port_t {port}", f"semanage port --delete {port}"
    assert (policy / "called").read_text().splitlines() == [added, removed]
    assert host.run(host.site(default_server=True), selinux=True).changed
    assert (policy / "called").read_text().splitlines() == [added, removed, added]


@pytest.mark.parametrize(
    ("port", "command"),
    [
        (443, []),
        (9441, ["--add", "--type", "http_port_t", "--proto", "tcp", "9441"]),
        (9500, ["--modify", "--type", "http_port_t", "--proto", "tcp", "9500"]),
    ],
)
def test_types_of_ports(policy: Path, port: int, command: list[str]) -> None:
    site = Site("a", "", "", "", "", "", port=port)
    assert [each.command[2:] for each in selinux.missing([site])] == ([command] if command else [])
