# SPDX-License-Identifier: GPL-3.0-or-later
"""What role nginx_https asks of a server before it writes: with a real Nginx and real links.

The scenario of molecule has the role as a whole on real hosts; here are the many shapes that a configuration can have.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import configuration, paths

from tests.integration.conftest import Command
from tests.witnesses.openssl import new_certificate

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:" + os.environ.get("PATH", ""))

GOOD = """server {{
    listen 127.0.0.1:1 ssl;
    ssl_certificate "{0}/pki/server.crt";
    ssl_certificate_key "{0}/pki/private/server.key";
}}
"""
BAD = GOOD + "no_such_directive on;\n"

# nginx.conf; {0} is the server's root directory, {1} what it includes.
MAIN = """# include {0}/etc/nginx/conf.d/commented-out.conf;
pid {0}/nginx.pid;
error_log stderr;
events {{}}
http {{ access_log off;
    map $host $x {{ default "include conf.d/no-directive.conf;"; "it's" 2; }}
    include  mime.types ; {1}
}}
"""


class Server:
    """A directory with what Nginx reads on a server, and the files that are to be live there."""

    def __init__(self, root: Path, certificates: Path) -> None:
        self.root = root
        self.certificates = certificates
        self.stage = root / "etc/nginx.staged"
        self.configuration = root / "etc/nginx/conf.d/https.conf"
        self.include = "include conf.d/*.conf;"
        for name in ("etc/nginx/conf.d", "pki/private", "www"):
            (root / name).mkdir(parents=True)
        self.write("etc/nginx/mime.types", "types { text/html html; }\n")
        self.write("etc/nginx/conf.d/other.conf", "server { listen 127.0.0.1:2; }\n")
        self.put("pki/server.crt", "old.crt")
        self.put("pki/private/server.key", "old.key")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{0}", str(self.root)))

    def put(self, name: str, source: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.certificates / source, path)

    def link(self, name: str, target: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target.replace("{0}", str(self.root)))

    def move(self, name: str, new: str, link: str = "") -> None:
        """Move a file or a directory, and leave a link to it."""
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).rename(self.root / new)
        self.link(name, link or "{0}/" + new)

    def main(self) -> None:
        self.write("etc/nginx/nginx.conf", MAIN.format(self.root, self.include.replace("{0}", str(self.root))))

    def request(self) -> dict[str, str]:
        return {
            "certificate": f"{self.root}/pki/server.crt",
            "private_key": f"{self.root}/pki/private/server.key",
            "configuration": str(self.configuration),
            "root": f"{self.root}/www",
        }

    def validate(self, block: str = GOOD, certificate: str = "new.crt", key: str = "new.key") -> str:
        """Stage new files and have them tested; whatever comes of it, nothing but the stage may have changed."""
        self.stage.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(self.certificates / certificate, self.stage / "certificate")
        shutil.copy(self.certificates / key, self.stage / "private_key")
        (self.stage / "configuration").write_text(block.format(self.root))
        before = self.fingerprint()
        request = self.request()
        pem = {request[name]: f"{self.stage}/{name}" for name in ("certificate", "private_key")}
        blocks: dict[str, str | None] = {request["configuration"]: f"{self.stage}/configuration"}
        copy = configuration.Copy(f"{self.root}/etc/nginx/nginx.conf", str(self.stage), pem, blocks)
        message = configuration.problem(str(NGINX), copy, lambda path: "an_option")
        assert self.fingerprint() == before
        return message

    def directories(self) -> dict[str, str]:
        request = self.request()
        request["page"] = os.path.join(request.pop("root"), "index.html")
        missing = configuration.missing_directories({kind: [path] for kind, path in request.items()})
        return {path: f"{mode:04o}" for path, mode in missing}

    def fingerprint(self) -> dict[str, object]:
        """Return the state of every file outside the stage, but for the pid file that Nginx's own test leaves."""
        found: dict[str, object] = {}
        stage = self.stage.parent.resolve() / self.stage.name
        for path in sorted(self.root.rglob("*")):
            if stage in (path, *path.parents) or path.name == "nginx.pid":
                continue
            state = path.lstat()
            content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
            found[str(path)] = (state.st_mode, state.st_uid, state.st_gid, state.st_nlink, state.st_mtime_ns, content)
        return found


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certificates")
    for name in ("old", "new"):
        new_certificate(directory, name, f"/CN={name}")
    return directory


@pytest.fixture
def server(tmp_path: Path, certificates: Path) -> Server:
    root = tmp_path / "server"
    root.mkdir()
    return Server(root, certificates)


def sites(link: str) -> Callable[[Server], None]:
    """Return a shape in which every site is enabled by a link, as Debian has it; ours too, whether it exists or not."""

    def make(server: Server) -> None:
        server.include = "include {0}/etc/nginx/sites-enabled/*;"
        server.write("etc/nginx/sites-available/other", "server { listen 127.0.0.1:2; }\n")
        server.link("etc/nginx/sites-enabled/other", link + "/other")
        server.link("etc/nginx/sites-enabled/https", link + "/https")
        server.configuration = server.root / "etc/nginx/sites-available/https"

    return make


def by_real_path(server: Server) -> None:
    server.move("etc/nginx", "srv/nginx")
    server.include = "include {0}/srv/nginx/conf.d/*.conf;"


def loops(server: Server) -> None:
    server.link("etc/nginx/conf.d/again", "..")
    server.link("etc/nginx/itself", "itself")
    server.link("etc/nginx/nowhere.conf", "/does/not/exist")
    server.link("etc/nginx/whole", "/")
    server.include = "include conf.d/again/conf.d/*.conf;"


def outside(server: Server) -> None:
    server.include = "include {0}/srv/sites/*.conf;"
    server.configuration = server.root / "srv/sites/https.conf"


def hard_link(server: Server) -> None:
    server.write("etc/nginx/conf.d/https.conf", GOOD.format(server.root))
    (server.root / "srv").mkdir()
    os.link(server.root / "etc/nginx/conf.d/https.conf", server.root / "srv/https.conf")


def set_include(include: str) -> Callable[[Server], None]:
    def make(server: Server) -> None:
        server.include = include

    return make


def two_links(server: Server) -> None:
    server.move("etc/nginx", "a")
    server.move("a", "b")


def main_file(server: Server) -> None:
    server.main()
    server.move("etc/nginx/nginx.conf", "srv/nginx.conf")


def include_of_an_include(server: Server) -> None:
    server.write("etc/nginx/more.conf", 'include "{0}/etc/nginx/conf.d/*.conf";')
    set_include("include more.conf;")(server)


SHAPES: dict[str, Callable[[Server], None]] = {
    "no link": lambda server: None,
    "/etc/nginx": lambda server: server.move("etc/nginx", "srv/nginx"),
    "/etc/nginx, relative": lambda server: server.move("etc/nginx", "srv/nginx", "../srv/nginx"),
    "/etc/nginx, included by its real path": by_real_path,
    "the parent of /etc/nginx": lambda server: server.move("etc", "srv/etc"),
    "two links in a row": two_links,
    "conf.d": lambda server: server.move("etc/nginx/conf.d", "srv/conf.d"),
    "conf.d, to a directory beside it": lambda server: server.move("etc/nginx/conf.d", "etc/nginx/sites", "sites"),
    "nginx.conf": main_file,
    "a file that is included": lambda server: server.move("etc/nginx/conf.d/other.conf", "srv/other.conf"),
    "sites, relative links": sites("../sites-available"),
    "sites, absolute links": sites("{0}/etc/nginx/sites-available"),
    "the certificate's directory": lambda server: server.move("pki", "srv/pki"),
    "the key's directory": lambda server: server.move("pki/private", "srv/private"),
    "links that lead round, back and nowhere": loops,
    "a directory outside, to be made": outside,
    "a hard link": hard_link,
    "include by name": set_include("include conf.d/other.conf; include {0}/etc/nginx/conf.d/https.conf;"),
    "include in quotes, over two lines": set_include("include\n '{0}/etc/nginx/conf.d/h*.conf' # ;\n;"),
    "include of an include": include_of_an_include,
    "include with a pattern for directories": set_include("include {0}/etc/*/conf.?/[h]*.conf;"),
}


@pytest.mark.parametrize("there", [False, True], ids=["new", "again"])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_staged_is_tested_and_nothing_is_touched(server: Server, shape: str, there: bool) -> None:
    SHAPES[shape](server)
    nginx_conf = server.root / "etc/nginx/nginx.conf"
    if not nginx_conf.is_symlink():
        server.main()
    if there:
        server.write(str(server.configuration.relative_to(server.root)), GOOD.format(server.root))
    # The certificate that is live belongs to another key, so the test passes only with both of the staged ones.
    assert server.validate() == ""
    made = [] if server.configuration.parent.is_dir() else ["srv", "srv/sites"]
    assert server.directories() == {f"{server.root}/{name}": "0755" for name in made}

    refusal = server.validate(BAD)
    assert 'unknown directive "no_such_directive"' in refusal
    assert f"in {server.configuration.resolve()}:6" in refusal
    assert "nginx.staged" not in refusal

    refusal = server.validate(key="old.key")
    assert "key values mismatch" in refusal
    assert "nginx.staged" not in refusal


OTHER = "server {{ listen 127.0.0.1:3 ssl; ssl_certificate {}; ssl_certificate_key {{0}}/other.key; }}\n"


@pytest.mark.parametrize(
    "name",
    [
        "{0}/pki/server.crt",
        "'{0}/pki/server.crt'",
        "{0}/srv/pki/server.crt",
        "ssl/server.crt",
        "ssl/linked.crt",
        "../../pki/server.crt",
        "{0}/pki/private/../server.crt",
    ],
)
def test_another_site_with_the_same_certificate_is_tested_with_the_new_one(server: Server, name: str) -> None:
    """It has a copy of the key, which goes with the old certificate only."""
    server.move("pki", "srv/pki")
    server.link("etc/nginx/ssl", "{0}/pki")
    server.link("pki/linked.crt", "server.crt")
    server.put("other.key", "old.key")
    server.write("etc/nginx/conf.d/zother.conf", OTHER.format(name))
    if name.startswith("{0}/pki/private"):  # the kernel goes up from where the link leads
        (server.root / "srv/pki/private").mkdir(exist_ok=True)
    server.main()
    assert "key values mismatch" in server.validate()
    server.put("other.key", "new.key")
    assert server.validate() == ""


def test_a_configuration_that_nothing_includes_is_refused(server: Server) -> None:
    server.configuration = server.root / "etc/nginx/sites-available/https"
    server.main()
    message = server.validate()
    assert message.startswith("an_option: ")
    assert str(server.configuration) in message
    assert server.validate(BAD) == message


def test_what_nginx_cannot_read_is_told_by_its_live_name(server: Server) -> None:
    server.include = "include conf.d/*.conf; include snippets/missing.conf;"
    server.main()
    assert f'open() "{server.root}/etc/nginx/snippets/missing.conf" failed' in server.validate()
    server.include = "include conf.d/*;"
    server.link("etc/nginx/conf.d/gone", "/does/not/exist")
    server.main()
    assert f'open() "{server.root}/etc/nginx/conf.d/gone" failed' in server.validate()


def test_lua_is_not_read_as_directives() -> None:
    """Its strings and comments hold quotes and braces that have no partner."""
    lua = """content_by_lua_block { -- don't }
        --[==[ ' ]] } ]==] local a = "}\\"" .. '{' .. [[ " } ]] if a then f({ b = { 1 } }) end
    }"""
    text = "location / { " + lua + " include after.conf; } include 'last.conf';"
    found = [" ".join(word.value for word in words) for words, _block in configuration.directives(text)]
    assert found == ["location /", "content_by_lua_block", "include after.conf", "include last.conf"]


def test_a_file_named_by_a_relative_path_is_found(server: Server) -> None:
    server.write("etc/users", "")
    server.put("etc/nginx/ca.crt", "old.crt")
    block = GOOD.replace("listen", "ssl_client_certificate ca.crt; ssl_trusted_certificate ../trust.crt; listen")
    server.put("etc/trust.crt", "old.crt")
    server.main()
    assert server.validate(block) == ""


def test_a_stage_of_an_older_version_is_not_followed(server: Server) -> None:
    """It held a copy of /etc/nginx, which was a link where that is one."""
    server.move("etc/nginx", "srv/nginx")
    server.main()
    server.stage.mkdir(mode=0o700)
    (server.stage / "tested").symlink_to(server.root / "srv/nginx")
    assert server.validate() == ""


@pytest.mark.parametrize(
    ("key", "root", "directories"),
    [
        ("pki/new.key", "www", {}),
        ("keys/server.key", "www", {"keys": "0700"}),
        ("keys/of/www/server.key", "www", {"keys": "0755", "keys/of": "0755", "keys/of/www": "0700"}),
        ("site/server.key", "site/html/", {"site": "0755", "site/html": "0755"}),
        ("site/server.key", "site", {"site": "0755"}),
        ("etc/nginx/server.key", "", {}),
    ],
)
def test_only_a_directory_that_is_made_gets_a_mode(
    server: Server, key: str, root: str, directories: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {
        **server.request(),
        "private_key": f"{server.root}/{key}",
        "root": f"{server.root}/{root}" if root else "/",
    }
    monkeypatch.setattr(server, "request", lambda: request)
    server.main()
    assert server.validate(GOOD.replace("/pki/private/server.key", "/" + key)) == ""
    assert server.directories() == {f"{server.root}/{name}": mode for name, mode in directories.items()}


# --- the paths


def look(server: Server, root: str = "{0}/www", **options: str) -> list[str]:
    """Return what is wrong with paths; ``{0}`` in a path is the server's root directory."""
    before = server.fingerprint()
    files = [(option, path.replace("{0}", str(server.root))) for option, path in options.items()]
    found = paths.problems([("root", root.replace("{0}", str(server.root)))], files)
    assert server.fingerprint() == before
    return [line.replace(str(server.root), "{0}") for line in found]


PLACES = [
    ("{0}/pki/server.crt", ""),
    ("{0}/not/there/yet.crt", ""),
    ("{0}/linked/server.crt", ""),
    ("{0}/linked/not/there/yet.crt", ""),
    ("{0}/pki/linked.crt", "is a symbolic link to server.crt."),
    ("{0}/linked/linked.crt", "is a symbolic link to server.crt."),
    ("{0}/dangling", "is a symbolic link to /does/not/exist."),
    ("{0}/loop", "is a symbolic link to loop."),
    ("{0}/dangling/server.crt", "{0}/dangling is a symbolic link to /does/not/exist, which is no directory."),
    ("{0}/loop/below/server.crt", "{0}/loop is a symbolic link to loop, which is no directory."),
    ("{0}/linked-file/server.crt", "{0}/linked-file is a symbolic link to pki/server.crt, which is no directory."),
    ("{0}/pki/server.crt/below/x", "{0}/pki/server.crt is not a directory."),
    ("{0}/pki", "is a directory."),
    ("{0}/linked", "is a symbolic link to pki."),
    ("{0}/pki/", "names a directory."),
    ("{0}/new/", "names a directory."),
    ("{0}/fifo", "is not a regular file."),
    ("/dev/null", "is not a regular file."),
    ("pki/server.crt", "is not an absolute path."),
    ("./server.crt", "is not an absolute path."),
    ("", "is not an absolute path."),
    ("{0}/new/../pki/server.crt", "has . or .. in it."),
    ("{0}/pki/..", "has . or .. in it."),
    ("/../server.crt", "has . or .. in it."),
]


@pytest.mark.parametrize(("path", "reason"), PLACES)
def test_a_file_of_another_program_is_never_written_over(server: Server, path: str, reason: str) -> None:
    server.link("linked", "pki")
    server.link("pki/linked.crt", "server.crt")
    server.link("linked-file", "pki/server.crt")
    server.link("dangling", "/does/not/exist")
    server.link("loop", "loop")
    os.mkfifo(server.root / "fifo")
    lines = look(server, an_option=path)
    assert len(lines) == bool(reason)
    assert not reason or (lines[0].startswith(f"an_option: {path} ") and reason in lines[0])


@pytest.mark.parametrize(
    ("root", "refused"),
    [
        ("{0}/www", False),
        ("{0}/www/", False),
        ("{0}/linked", False),
        ("/", False),
        ("{0}/new/html", False),
        ("{0}/pki/server.crt", True),
        ("{0}/dangling", True),
        ("www", True),
        ("", True),
        ("{0}/new/..", True),
    ],
)
def test_the_directory_of_the_pages(server: Server, root: str, refused: bool) -> None:
    server.link("linked", "www")
    server.link("dangling", "/does/not/exist")
    found = look(server, root=root)
    assert bool(found) == refused
    assert all(line.startswith(f"root: {root} ") for line in found)


def test_one_path_for_two_files_is_refused(server: Server) -> None:
    server.link("linked", "pki")
    assert look(server, one="{0}/pki/server.crt", other="{0}/pki/server.key") == []
    (line,) = look(server, one="{0}/pki/server.pem", other="{0}/linked/server.pem")
    assert line.startswith("other: {0}/linked/server.pem is the path of another of the role's files")


def stage_with(name: str) -> Callable[[Path], None]:
    def make(stage: Path) -> None:
        stage.mkdir(mode=0o700)
        (stage / name).mkdir()

    return make


def stage_of_its_group(stage: Path) -> None:
    stage.mkdir()
    stage.chmod(0o2700)


STAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "interrupted at once": (lambda stage: stage.mkdir(mode=0o700), ""),
    "interrupted later": (stage_with("tested"), ""),
    "of a directory that hands on its group": (stage_of_its_group, ""),
    "open": (lambda stage: stage.mkdir(mode=0o755), "its owner or mode"),
    "with other files": (stage_with("notes"), "it holds notes"),
    "a file": (lambda stage: stage.touch(), "it is not a directory"),
    "a link": (lambda stage: stage.symlink_to("nginx"), "it is not a directory"),
    "a dangling link": (lambda stage: stage.symlink_to("/does/not/exist"), "it is not a directory"),
}


@pytest.mark.parametrize("state", STAGES)
def test_only_a_stage_of_its_own_is_used(server: Server, state: str) -> None:
    make, reason = STAGES[state]
    make(server.stage)
    found = paths.stage_problem(str(server.stage))
    assert bool(found) == bool(reason)
    assert not reason or (found.startswith(f"{server.stage}: ") and reason in found)


def test_a_check_run_refuses_as_well(server: Server, certificates: Path, ansible: Command, tmp_path: Path) -> None:
    server.link("pki/linked.crt", "server.crt")
    variables = {
        "nginx_https_certificate_src": str(certificates / "new.crt"),
        "nginx_https_private_key_src": str(certificates / "new.key"),
        "nginx_https_certificate_path": f"{server.root}/pki/linked.crt",
        "nginx_https_private_key_path": "server.key",
        "nginx_https_root": f"{server.root}/www",
        "nginx_https_stage": str(server.stage),
    }
    plays = [{"hosts": "localhost", "gather_facts": False, "roles": ["alicloud.mtls.nginx_https"]}]
    command, environment = ansible(plays, variables)
    before = server.fingerprint()
    command.append("--check")
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    link = f"{server.root}/pki/linked.crt is a symbolic link to server.crt."
    assert f"nginx_https_certificate_path: {link}" in done.stdout
    assert "nginx_https_private_key_path: server.key is not an absolute path." in done.stdout
    assert "changed: [localhost]" not in done.stdout
    assert server.fingerprint() == before
