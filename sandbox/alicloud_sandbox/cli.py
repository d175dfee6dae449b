# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``alicloud-sandbox``."""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import os
import sys
import time
import typing as t
import urllib.error
from collections.abc import Callable
from pathlib import Path

from . import control_client
from .faults import KINDS, NUMBERS

# Makes method, path and body of a request to the control API from the options. Raises ValueError.
_Request = Callable[[argparse.Namespace], tuple[str, str, t.Any]]


def main(arguments: list[str] | None = None) -> int:
    """Runs a subcommand and returns the exit status."""
    options = _parser().parse_args(arguments)
    return int(options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="alicloud-sandbox", description="A local Alibaba Cloud.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _add_serve(commands)

    def control(name: str, text: str, request: _Request) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text)
        command.add_argument("--endpoint", default="127.0.0.1:9900", help="of a running sandbox (default: %(default)s)")
        command.add_argument("--ca", type=Path, help="file with the CA of a sandbox with --tls")
        command.set_defaults(run=lambda options: _control(options, request))
        return command

    control("health", "show the health of a running sandbox", lambda _: ("GET", "health", None))
    control("reset", "forget everything", lambda _: ("POST", "reset", None))
    seed = control("seed", "register VPCs, instances and domains", lambda o: ("POST", "seed", _seed(o.file)))
    seed.add_argument("file", type=argparse.FileType("r"), help="JSON, -: standard input")
    requests = control("requests", "show the request log", lambda _: ("GET", "requests", None))
    requests.add_argument("--writes", action="store_true", help="only requests that were to change something")
    requests.add_argument("--follow", action="store_true", help="print a line for each request, until interrupted")
    requests.set_defaults(run=_requests)
    delays = control("delays", "show or set the delays", lambda o: ("PUT" if o.set else "GET", "delays", _pairs(o.set)))
    delays.add_argument("set", nargs="*", metavar="TYPE=SECONDS", help="default, loadbalancer, listener, ...")
    fault = control("fault", "inject a fault, or clear all", _fault)
    fault.add_argument("kind", choices=(*KINDS, "clear"))
    fault.add_argument("fields", nargs="*", metavar="FIELD=VALUE", help="action, times, after, every, code, ...")

    _add_verification(commands)
    coverage = commands.add_parser("coverage", help="write the generated pages of the documentation")
    coverage.add_argument("--output", type=Path, default=Path("docs/sandbox"), help="default: %(default)s")
    coverage.set_defaults(run=_coverage)
    return parser


def _add_serve(commands: t.Any) -> None:
    serve = commands.add_parser("serve", help="run a sandbox in the foreground")
    serve.set_defaults(run=_serve)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=int, default=9900, help="HTTP port, 0: any (default: %(default)s)")
    serve.add_argument("--state-dir", type=Path, default=Path("alicloud-sandbox-state"), help="default: %(default)s")
    serve.add_argument("--dns-port", default="9953", help="DNS port, 0: any, off: no DNS (default: %(default)s)")
    serve.add_argument(
        "--address-pool",
        default="127.64.0.0/24",
        help="loopback addresses of load balancers; auto: a range that follows from the port (default: %(default)s)",
    )
    serve.add_argument("--data-plane", choices=("nginx", "off"), default="nginx", help="default: %(default)s")
    serve.add_argument("--tls", action="store_true", help="HTTPS, with a CA of its own whose file is printed")
    serve.add_argument("--region", default="cn-hangzhou", help="of requests that name none (default: %(default)s)")
    serve.add_argument(
        "--strict", action="store_true", help="refuse unknown parameters (default: ignore and log them, as the cloud)"
    )
    serve.add_argument("--ready-file", type=Path, help="file to write when the sandbox is ready")
    serve.add_argument(
        "--delay", type=float, default=0.4, help="seconds an asynchronous state lasts (default: %(default)s)"
    )
    environment = os.environ
    serve.add_argument(
        "--request-log",
        type=Path,
        default=environment.get("ALICLOUD_SANDBOX_REQUEST_LOG") or None,
        help="file to append the request log to as JSON lines; sandboxes can share one (default: none)",
    )
    serve.add_argument("--access-key-id", default=environment.get("ALICLOUD_SANDBOX_ACCESS_KEY_ID", "sandbox"))
    serve.add_argument("--access-key-secret", default=environment.get("ALICLOUD_SANDBOX_ACCESS_KEY_SECRET", "sandbox"))


def _add_verification(commands: t.Any) -> None:
    text = "compare the assumptions of the sandbox with a real account, or with a sandbox"
    verify = commands.add_parser("verify-assumptions", help=text, description=f"{text.capitalize()}.")
    verify.set_defaults(run=_verify)
    region = os.environ.get("ALIBABA_CLOUD_REGION_ID", "cn-hangzhou")
    verify.add_argument("--region", default=region, help="default: %(default)s")
    verify.add_argument("--endpoint", default="", help="one address for every product (default: Alibaba Cloud's own)")
    verify.add_argument("--profile", default="", help="of ~/.aliyun/config.json (default: the environment)")
    verify.add_argument(
        "--write",
        action="store_true",
        help="also make access control lists, TLS policies, repositories and certificates, which cost nothing, and "
        "remove them again (default: only read)",
    )
    verify.add_argument("--domain", default="", help="with --write: a domain of the account to add records to")
    verify.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    verify.add_argument("--list", action="store_true", help="name the checks and what each needs, and do nothing")


def _serve(options: argparse.Namespace) -> int:
    from .cloud import Settings, StateDirectoryBusyError, address
    from .server import announce, serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    pool = options.address_pool

    def settings(port: int) -> Settings:
        return Settings(
            state_dir=options.state_dir.absolute(),
            host=options.host,
            endpoint=address(options.host, port),
            dns_port=None if options.dns_port == "off" else int(options.dns_port),
            address_pool=_pool_of(port) if pool == "auto" else _loopback(pool),
            data_plane=options.data_plane,
            delay=options.delay,
            access_key_id=options.access_key_id,
            access_key_secret=options.access_key_secret,
            region=options.region,
            strict=options.strict,
            tls=options.tls,
            request_log=options.request_log,
        )

    try:
        serve(options.host, options.port, settings, announce(options.ready_file))
    except (OSError, StateDirectoryBusyError, ValueError) as problem:
        print(f"alicloud-sandbox: {problem}", file=sys.stderr)
        return 1
    return 0


def _pool_of(port: int) -> str:
    """Returns a /24 of 127.0.0.0/8 for a port, so that sandboxes side by side have addresses of their own.

    From the end: the ports below 32768, which tests have, keep away from the default pool and from 127.0.0.1.
    """
    return f"{ipaddress.ip_address('127.255.255.0') - (port << 8)}/24"


def _loopback(pool: str) -> str:
    """Returns a network of loopback addresses. Raises ValueError for any other: other machines could reach it."""
    network = ipaddress.ip_network(pool)
    if not network.is_loopback:
        raise ValueError(f"--address-pool {pool} is not part of 127.0.0.0/8. Choose a network such as 127.64.0.0/24.")
    return str(network)


_POLL = 0.5  # seconds between two looks at the request log


def _requests(options: argparse.Namespace) -> int:
    """Shows the request log at once, or its entries line by line."""
    path = f"requests?writes={int(options.writes)}"
    if not options.follow:
        return _control(options, lambda _: ("GET", path, None))
    last = 0
    try:
        while True:
            for entry in control_client.call(options.endpoint, options.ca, "GET", f"{path}&after={last}", None):
                last = entry["seq"]
                ignored = f"  ignored: {', '.join(entry['ignored'])}" if entry["ignored"] else ""
                outcome = f"{entry['http_status']} {entry['code']}".rstrip()
                print(f"{entry['time']}  {entry['product']} {entry['action']}  {outcome}{ignored}", flush=True)
            time.sleep(_POLL)
    except KeyboardInterrupt:
        return 0
    except OSError as problem:
        print(f"alicloud-sandbox: no sandbox at {options.endpoint}: {problem}", file=sys.stderr)
        return 1


def _control(options: argparse.Namespace, request: _Request) -> int:
    """Shows the answer of the control API to a request that is made from the options."""
    try:
        words = request(options)
    except ValueError as problem:
        print(f"alicloud-sandbox: {problem}", file=sys.stderr)
        return 1
    try:
        answer = control_client.call(options.endpoint, options.ca, *words)
    except urllib.error.HTTPError as problem:
        print(f"alicloud-sandbox: {problem.read().decode()}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"alicloud-sandbox: no sandbox at {options.endpoint}: {problem}", file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    return 0


def _seed(file: t.TextIO) -> t.Any:
    try:
        return json.load(file)
    except ValueError as problem:
        raise ValueError(f"{file.name} is not JSON: {problem}") from None


def _pairs(words: list[str]) -> dict[str, float]:
    return {name: _number(name, value) for name, value in map(_split, words)}


def _split(word: str) -> tuple[str, str]:
    name, sign, value = word.partition("=")
    if not sign:
        raise ValueError(f"{word} has no value. Write {word}=VALUE.")
    return name, value


def _number(name: str, value: str) -> float:
    """Returns a number, a whole one as int. Raises ValueError."""
    try:
        return int(value) if value.lstrip("-").isdigit() else float(value)
    except ValueError:
        raise ValueError(f"{name} has to be a number: {value}") from None


def _fault(options: argparse.Namespace) -> tuple[str, str, t.Any]:
    if options.kind == "clear":
        return "DELETE", "faults", None
    fields = {name: _number(name, value) if name in NUMBERS else value for name, value in map(_split, options.fields)}
    return "POST", "faults", {"kind": options.kind, **fields}


def _verify(options: argparse.Namespace) -> int:
    from .verification import checks, client, credentials, report, runner, workshop

    if options.list:
        for check in checks.CHECKS:
            print(f"{check.name:<22} {checks.NEEDS[check.needs]:<17} {check.claim}")
        return 0
    try:
        keys = credentials.find(options.profile)
    except credentials.CredentialsError as problem:
        print(f"alicloud-sandbox: {problem}", file=sys.stderr)
        return 2
    caller = client.Client(keys, options.region, options.endpoint)
    scene = checks.scene_of(caller, workshop.Workshop(caller, options.domain))
    as_text = options.format == "text"
    if options.write:
        print(f"Everything that is made has a name that begins with {scene.workshop.mark}.", file=sys.stderr)
    result = runner.run(
        scene,
        write=options.write,
        progress=lambda check, finding: print(report.line(check, finding), flush=True) if as_text else None,
    )
    print(report.summary(result) if as_text else report.as_json(result, options.region, options.endpoint))
    return report.status(result)


def _coverage(options: argparse.Namespace) -> int:
    from .coverage import pages

    options.output.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (options.output / name).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
