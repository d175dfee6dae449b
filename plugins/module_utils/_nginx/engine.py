# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring HTTPS sites to a server: refuse, compare, test, switch, reload, and look at what is served.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
import typing as t
from collections.abc import Collection
from dataclasses import dataclass, field

from . import certificates, paths, selinux, servers
from .configuration import Copy, missing_directories, problem, quoted
from .files import File, Previous, Record, SiteError, Switch, differs, look, tidy
from .service import Found, Log, Service, find
from .site import MARK, Site, server_block, sites

# Nginx's own page, in every distribution's words for it; a link is the test page of the EL family.
WELCOME = (b"Welcome to nginx", b"Test Page for the")
KINDS = ("certificate", "private_key", "configuration")
NOWHERE = {f"{kind}_path": "" for kind in KINDS}  # of a site that is not recorded whole
RELOAD_SECONDS = 30  # until Nginx must serve the new certificate after a start or a reload
# Stands for the Nginx that a check run would install: its version decides how HTTP/2 is written in the diff.
NOT_INSTALLED = Found((1, 25, 1), "/etc/nginx/nginx.conf", "", "")


@dataclass
class Request:
    """What a run is given."""

    sites: list[Site]
    service: Service
    executable: str = "/usr/sbin/nginx"
    main: str = ""
    stage: str = ""
    state_directory: str = "/var/lib/alicloud.mtls/nginx_https"
    replace: bool = False
    purge_sites: bool = False
    selinux: bool = False
    check_mode: bool = False
    label: t.Callable[[str], object] = lambda path: None


@dataclass
class Result:
    """What a run has done, or would do in check mode."""

    installed: bool = True
    changed: bool = False
    paths: list[str] = field(default_factory=list)
    backups: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)


class Run:
    """One run on one server."""

    def __init__(self, request: Request) -> None:
        """Take the request; nothing is read yet."""
        self.request = request
        self.result = Result()
        self.permissions: list[selinux.Permission] = []
        self.permitted: list[selinux.Permission] = []

    def go(self) -> Result:
        """Do everything, and return what was done. Raises SiteError before the first write, or after the last undo."""
        request = self.request
        self._refuse()
        installed = os.path.exists(request.executable)
        self.found = find(request.executable) if installed else NOT_INSTALLED
        self.main = request.main or self.found.main
        self.stage = request.stage or os.path.dirname(self.main).rstrip("/") + ".staged"
        self._refuse_stage()
        if not installed:
            return self._announce()
        self.interrupted = os.path.lexists(self.stage)
        self.record = Record(request.state_directory)
        if request.purge_sites:
            request.sites += self._left()
        self.working = self.stage
        try:
            if request.check_mode:
                self.working = tempfile.mkdtemp(prefix="nginx_https.")
            self._decide()
        finally:
            if request.check_mode and self.working != self.stage:
                shutil.rmtree(self.working)
        return self.result

    def _left(self) -> list[Site]:
        """Return the sites of earlier runs that the request does not name, each to be removed."""
        named = {site.name for site in self.request.sites}
        left = {name: values for name, values in self.record.sites().items() if name not in named}
        return sites([{"name": name, **NOWHERE, **values} for name, values in left.items()], "absent")

    def _announce(self) -> Result:
        """Return what a run would do once Nginx is installed; only certificates and keys can be examined before."""
        self.result.installed = False
        self.result.changed = any(site.state == "present" for site in self.request.sites)
        if self.request.check_mode:
            self.record = Record(self.request.state_directory)
            with tempfile.TemporaryDirectory(prefix="nginx_https.") as self.working:
                self._examine()
            files = [file for _site, file in self._everything() if differs(file, look(file.path))]
            self.result.paths = [file.path for file in files]
            self.result.diff = [_difference(file) for file in files if file.kind in ("configuration", "page")]
        return self.result

    def _refuse(self) -> None:
        """Raise SiteError for paths that cannot be meant, whatever Nginx is here."""
        own = ("executable", "main", "stage", "state_directory")
        given = [(name, getattr(self.request, name)) for name in own if getattr(self.request, name)]
        problems = [f"{name}: {path} {paths.name_problem(path)}" for name, path in given if paths.name_problem(path)]
        present = [site for site in self.request.sites if site.state == "present"]
        roots = [(site.option("root"), site.root) for site in present if not site.upstream or site.page]
        named = [(site.option(f"{kind}_path"), getattr(site, f"{kind}_path")) for site in present for kind in KINDS]
        problems += paths.problems(roots, named)
        pages: dict[str, str] = {}
        for site in present:
            path = site.page_path
            if site.page and pages.setdefault(os.path.realpath(path), site.page) != site.page:
                problems.append(
                    f"{site.option('root')}: Two sites have different pages at {path}. Give each a directory,"
                    " or leave one page empty."
                )
        if problems:
            raise SiteError("\n".join(problems))

    def _refuse_stage(self) -> None:
        """Raise SiteError if something else lies in the place of new files."""
        reason = paths.stage_problem(self.stage) if os.path.lexists(self.stage) else ""
        if reason:
            raise SiteError(reason)

    # --- what is to be

    def _files(self, site: Site) -> list[File]:
        absent = site.state == "absent"
        block = server_block(site, self.found.version, self._responder(site))
        contents = {
            "certificate": (site.certificate, 0o644),
            "private_key": (site.private_key, 0o600),
            "configuration": (block, 0o644),
        }
        files = [
            File(
                kind,
                site.option(f"{kind}_path"),
                getattr(site, f"{kind}_path"),
                None if absent else text.encode(),
                mode,
            )
            for kind, (text, mode) in contents.items()
        ]
        if site.page_path:
            content = None if absent else (site.page + "\n").encode()
            files.append(File("page", site.option("root"), site.page_path, content, 0o644))
        return [self.record.former(file) for file in files if self._own(site, file)] if absent else files

    def _everything(self) -> list[tuple[Site, File]]:
        """Return the files of all sites. What one site removes and another one has is not removed."""
        found: dict[str, tuple[Site, File]] = {}
        for site in sorted(self.request.sites, key=lambda site: site.state == "absent"):
            for file in self._files(site):
                folder, name = os.path.split(file.path)
                found.setdefault(os.path.join(os.path.realpath(folder), name), (site, file))
        return list(found.values())

    def _responder(self, site: Site) -> bool:
        return site.state == "present" and self._examined.get(site.name, certificates.Examined("")).responder

    def _own(self, site: Site, file: File) -> bool:
        if self.record.knows(file.path):
            # A page may be that of another site with the same directory.
            return site.state == "present" or self.record.site(file.path) == site.name
        # The versions before the record marked the configuration only.
        if self.record.knows(site.configuration_path):
            return False
        block = look(site.configuration_path)
        if block.kind != "file" or not block.content.startswith(MARK.encode()):
            return False
        if file.kind == "page":
            return site.state == "present"
        return file.kind == "configuration" or quoted(file.path).encode() in block.content

    # --- the run

    def _decide(self) -> None:
        os.makedirs(self.working, mode=0o700, exist_ok=True)
        stays = self.interrupted
        try:
            self._examine()
            everything = self._everything()
            changes = [(site, file) for site, file in everything if differs(file, look(file.path))]
            later = {site.name for site in self.request.sites if site.state == "present" and site.made_later}
            backups = self._refuse_foreign([each for each in changes if each[0].name not in later])
            files = [file for _site, file in changes]
            self.result.paths = [file.path for file in files]
            self.result.diff = [_difference(file) for file in files if file.kind in ("configuration", "page")]
            live = [file for file in files if file.kind != "page"]
            if (live or self.interrupted) and not later:
                self._test([file for _site, file in everything if file.kind != "page"])
                self._refuse_ports({site.port for site, file in changes if site.state == "present"})
                self._refuse_selinux()
            self._apply(changes, backups, bool(live))
            stays = False
        finally:
            if not stays and not self.request.check_mode:
                # What cannot be removed is left: the error that led here is the one to report.
                shutil.rmtree(self.stage, ignore_errors=True)

    def _examine(self) -> None:
        self._examined: dict[str, certificates.Examined] = {}
        for site in self.request.sites:
            if site.state == "absent" or site.made_later:
                continue
            staged = {}
            for kind, text in (("certificate", site.certificate), ("private_key", site.private_key)):
                staged[kind] = self._stage(site, kind, text.encode())
            passwords = None
            if site.password_file:
                words = look(os.path.realpath(site.password_file))
                if words.kind == "nothing":
                    raise SiteError(
                        f"{site.option('password_file')}: {site.password_file} does not exist on the server. Make it,"
                        " or give a key without a passphrase."
                    )
                passwords = words.content.decode(errors="replace").splitlines()
            found = certificates.examine(staged["certificate"], staged["private_key"], passwords, site.server_name)
            if found.problem:
                raise SiteError(
                    f"{site.option('certificate_src')}: {found.problem} Nothing has been replaced;"
                    " what was running goes on."
                )
            self._examined[site.name] = found

    def _stage(self, site: Site, kind: str, content: bytes) -> str:
        path = os.path.join(self.working, f"{self.request.sites.index(site)}.{kind}")
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
        except OSError as error:
            raise SiteError(
                f"The new files could not be staged: {error}. Nothing has been replaced. Remove the cause, and run the"
                " role again."
            ) from error
        return path

    def _refuse_foreign(self, changes: list[tuple[Site, File]]) -> list[tuple[str, Previous]]:
        refused, backups = [], []
        for site, file in changes:
            previous = look(file.path)
            if previous.kind == "nothing" or previous.content == file.content:
                continue
            own = self._own(site, file)
            page = file.kind == "page" and (
                previous.kind == "link" or any(word in previous.content for word in WELCOME)
            )
            if not own and not page and not self.request.replace:
                refused.append(
                    f"{file.option}: {file.path} exists already and was not made by this role. Name another path"
                    f"{' or leave the page empty' if file.kind == 'page' else ''}, or allow its replacement,"
                    " with a backup, by nginx_https_replace: true (module: replace)."
                )
            elif not own or (self.record.knows(file.path) and self.record.modified(file.path, previous.content)):
                backups.append((file.path, previous))
        if refused:
            raise SiteError("\n".join(refused))
        return backups

    def _test(self, files: list[File]) -> None:
        pem, blocks, options = {}, {}, {}
        for site in self.request.sites:
            for file in files:
                if getattr(site, f"{file.kind}_path") != file.path:
                    continue
                gone = os.path.join(self.working, "removed")
                staged = gone if file.content is None else self._stage(site, file.kind, file.content)
                options[os.path.realpath(file.path)] = file.option
                if file.kind == "configuration":
                    blocks[file.path] = None if file.content is None else staged
                else:
                    pem[file.path] = staged
        copy = Copy(self.main, self.working, pem, blocks)
        try:
            message = problem(self.request.executable, copy, lambda path: options.get(path, path))
        except OSError as error:
            raise SiteError(
                f"The new files could not be tested: {error}. Nothing has been replaced. Remove the cause, and run the"
                " role again."
            ) from error
        if message:
            raise SiteError(message.encode("utf-8", "replace").decode())
        self._refuse_servers(copy)

    def _refuse_servers(self, copy: Copy) -> None:
        """Raise SiteError if another server block would answer a site's clients, and warn of what becomes of others."""
        blocks = servers.Reader(lambda path: [os.path.join(copy.home, path)]).read(copy.tested_main)
        problems = []
        for site in self.request.sites:
            if site.state == "absent":
                continue
            wanted = servers.Wanted(
                copy.files + os.path.realpath(site.configuration_path),
                site.port,
                (servers.ANY, servers.ANY_IPV6) if site.ipv6 else (servers.ANY,),
                tuple(name.replace("*", "any") for name in certificates.plain_names(site.server_name)),
                certificates.leaf(site.certificate),
                look(site.configuration_path).kind == "nothing",
            )
            found = servers.problems(blocks, wanted, lambda path: certificates.leaf_of(os.path.join(copy.home, path)))
            problems += [f"{site.option('server_name')}: {copy.live_names(each)}" for each in found]
            other = copy.live_names(servers.taken_over(blocks, wanted))
            if other:
                self.result.warnings.append(
                    f"Site {site.name} becomes the default server of port {site.port} instead of the one in {other},"
                    " since its file comes first: clients that ask for a name that no site has get it. Write"
                    " default_server in the other one if it is to stay so."
                )
        if problems:
            raise SiteError(
                "\n".join(problems) + "\nNothing has been replaced; what was running goes on. Choose another port or"
                " name, make the site the default server of its port (default_server), or remove the other site."
            )

    def _refuse_ports(self, ports: set[int]) -> None:
        own = os.path.basename(os.path.realpath(self.request.executable))[:15]
        for port in sorted(ports):
            names = set(certificates.holders(port).values())
            others = sorted(names - {own, "nginx", "systemd"})
            if others:
                raise SiteError(
                    f"Port {port} belongs to another program: {', '.join(others)}. Nothing has been replaced; what was"
                    " running goes on. Choose another port, or stop the program."
                )

    def _refuse_selinux(self) -> None:
        """Raise SiteError for what SELinux forbids and the request does not let the role permit."""
        self.permissions = selinux.missing([site for site in self.request.sites if site.state == "present"])
        if self.permissions and not self.request.selinux:
            reasons = "\n".join(f"SELinux {each.reason}." for each in self.permissions)
            commands = "\n".join("  " + " ".join(each.command) for each in self.permissions)
            raise SiteError(
                f"{reasons}\nNothing has been replaced; what was running goes on. Let the role change that with"
                f" nginx_https_selinux: true (module: selinux), or run on the server:\n{commands}"
            )

    def _apply(self, changes: list[tuple[Site, File]], backups: list[tuple[str, Previous]], reload: bool) -> None:
        files = [file for _site, file in changes]
        running, enabled = self.request.service.state()
        reload = reload or self.interrupted
        present = [site for site in self.request.sites if site.state == "present"]
        self.result.changed = bool(files) or reload or bool(present and not (running and enabled))
        if self.request.check_mode:
            if not self.result.changed and self._unserved(present, 0):
                self.result.changed = True
            return
        switch = Switch(self.request.label)
        if files:
            self._write(changes, backups, switch)
        log = Log(self.main, self.found)
        try:
            words = self._serve(present, log, running, reload)
        except OSError as error:
            words = f"Whether the sites are served could not be seen: {error}."
        if words and files:
            raise SiteError(f"{words}\n{self._back(switch)}")
        if words:
            raise SiteError(words)
        if present and not enabled:
            self.request.service.enable()
        if any(site.state == "absent" for site in self.request.sites):
            tidy(self.record)

    def _write(self, changes: list[tuple[Site, File]], backups: list[tuple[str, Previous]], switch: Switch) -> None:
        kept: dict[str, str] = {}
        kinds: dict[str, list[str]] = {}
        for _site, file in changes:
            if file.content is not None:
                kinds.setdefault(file.kind, []).append(file.path)
        try:
            for path, previous in backups:
                kept[path] = self.record.keep(path, previous)
                self.result.backups.append(kept[path])
            directories = missing_directories(kinds)
            self.record.note([(site.name, file) for site, file in changes], dict(backups), kept)
            self.record.note_directories([path for path, _mode in directories])
            self.record.save()
            for permission in self.permissions:
                selinux.permit(permission)
                self.permitted.append(permission)
            switch.go([file for _site, file in changes], directories)
        except BaseException as error:  # a label that fails ends the module
            lost = self._undo(switch)
            if not isinstance(error, OSError):
                raise
            rest = (
                lost or "Nothing has been replaced; what was running goes on. Remove the cause, and run the role again."
            )
            raise SiteError(f"The new files could not be written: {error}. {rest}") from error

    def _serve(self, present: list[Site], log: Log, running: bool, reload: bool) -> str:
        service = self.request.service
        if not present and not running:  # nobody asked for it to be started
            return ""
        before = certificates.workers({site.port for site in present}) if running and reload else set()
        words = (service.reload() if reload else "") if running else service.start()
        if words:
            return f"Nginx does not come up{' on the new configuration' if reload else ''}. It says:\n{words}"
        found = self._unserved(present, RELOAD_SECONDS if reload or not running else 0, log, before)
        if found and running and not reload:  # it has not read its files since somebody changed them
            self.result.changed = True
            before = certificates.workers({site.port for site in present})
            words = service.reload()
            found = self._unserved(present, RELOAD_SECONDS, log, before)
        said = words or log.words()
        return found and found + (f"\nNginx says:\n{said}" if said else "")

    def _unserved(
        self, present: list[Site], wait: float, log: Log | None = None, before: Collection[int] = frozenset()
    ) -> str:
        """Return which site does not serve its certificate, and what was found instead, or nothing.

        ``before`` are the workers of the previous configuration, which answer until they have closed their ports.
        """
        end = time.monotonic() + wait
        for site in present:
            if not site.certificate:
                continue
            while True:
                found = self._found_instead(site)
                if not found and before and certificates.workers([site.port]) & set(before):
                    found = f"Nginx goes on with its previous configuration on port {site.port} of site {site.name}."
                if not found or time.monotonic() >= end or (log and log.words()):
                    break
                time.sleep(0.05)
            if found:
                return found
        return ""

    def _found_instead(self, site: Site) -> str:
        served = certificates.serves(site.port, site.server_name)
        wanted = certificates.leaf(site.certificate)
        if served.certificate == wanted:
            return ""
        names = " ".join(certificates.plain_names(site.server_name)[:1])
        programs = ", ".join(sorted(set(certificates.holders(site.port).values())))
        reason = (
            served.reason or f"it serves another certificate, SHA-256 {certificates.fingerprint(served.certificate)}"
        )
        return (
            f"The certificate of site {site.name} (SHA-256 {certificates.fingerprint(wanted)}) is not served on port"
            f" {site.port}{' to clients that ask for ' + names if names else ''}: {reason}."
            + (f" The port belongs to {programs}." if programs else "")
            + " Another program on the port, or another site that is its default server, can be the cause."
        )

    def _back(self, switch: Switch) -> str:
        """Bring back the previous files, have Nginx read them, and return what has become of both."""
        lost = self._undo(switch)
        if lost:
            return lost
        runs = self.request.service.state()[0] and not self.request.service.reload()
        return f"The previous files are back{', and Nginx runs on them' if runs else ''}."

    def _undo(self, switch: Switch) -> str:
        """Bring back the previous files and the record, and return which could not be brought back, or nothing."""
        lost = switch.undo()
        while self.permitted:
            try:
                selinux.permit(self.permitted.pop(), undo=True)
            except OSError as error:
                lost.append(str(error))
        if not lost:  # else a backup may be the only copy of a file
            for backup in self.result.backups:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(backup)
            self.result.backups = []
            try:
                self.record.undo()
            except OSError as error:
                lost = [f"{self.record.path} ({error.strerror})"]
        if not lost:
            return ""
        backups = f" Backups are {', '.join(self.result.backups)}." if self.result.backups else ""
        return (
            f"These files could not be brought back, and are the new ones: {', '.join(lost)}.{backups}"
            " Remove the cause, and run the role again."
        )


def _difference(file: File) -> dict[str, str]:
    previous = look(file.path)
    return {
        "before_header": file.path,
        "after_header": file.path,
        "before": previous.content.decode(errors="replace") if previous.kind == "file" else "",
        "after": (file.content or b"").decode(errors="replace"),
    }
