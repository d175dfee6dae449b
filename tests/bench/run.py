# SPDX-License-Identifier: GPL-3.0-or-later
"""make bench: how fast the collection is, as ratios to a floor that is measured in the same run.

Options: --clients measures lists of clients on a server only, --pki the certificates only, --scale large accounts and
the sandbox only, --calls a signed call of the sandbox only; --demo measures `make demo` in a fresh clone as well (from
nothing, and from warm caches).
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import clients, gateway, nginx, pki, scale
from tests.e2e.scene import ROOT, Run, Scene, run, scene

REPEATS = 5


def timed(action: Callable[[], Run]) -> tuple[float, Run]:
    """Seconds that a successful run took, and the run."""
    start = time.perf_counter()
    done = action()
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(done.output)
    return seconds, done


def median(action: Callable[[], Run]) -> float:
    """Median seconds over REPEATS runs."""
    return statistics.median(timed(action)[0] for _repeat in range(REPEATS))


def plays(output: str) -> list[tuple[list[str], int]]:
    """(hosts, number of tasks that ran on them) of every play, read off the output of the default callback."""
    found = []
    for play in output.split("\nPLAY [")[1:]:
        tasks = re.split(r"\n(?:TASK|RUNNING HANDLER) \[", play.split("\nPLAY RECAP")[0])[1:]
        hosts = [set(re.findall(r"^(?:ok|changed): \[([^\]\s]+)", task, re.MULTILINE)) for task in tasks]
        ran = [names for names in hosts if names]
        found.append((sorted(set().union(*ran)), len(ran)))
    return found


def pings(stage: Scene, shape: list[tuple[list[str], int]]) -> Path:
    """A playbook with the same plays, hosts and number of tasks, all of them no-op pings."""
    lines = ["# SPDX-License-Identifier: GPL-3.0-or-later"]
    for hosts, tasks in shape:
        lines += [f"- hosts: [{', '.join(hosts)}]", "  gather_facts: false", "  tasks:"]
        lines += ["    - ansible.builtin.ping:"] * tasks
    playbook = stage.directory / "pings.yml"
    playbook.write_text("\n".join(lines) + "\n")
    return playbook


def second_run(stage: Scene) -> None:
    seconds = timed(lambda: stage.play("alicloud.mtls.site"))[0]
    print(f"site.yml, everything to make:          {seconds:6.2f} s")
    again = timed(lambda: stage.play("alicloud.mtls.site"))[1]
    if again.changed:
        sys.exit(again.output)
    shape = plays(again.output)
    floor = pings(stage, shape)
    pinged = median(lambda: stage.play(str(floor)))
    nothing = median(lambda: stage.play("alicloud.mtls.site"))
    print(f"site.yml, nothing to change:           {nothing:6.2f} s  (median of {REPEATS})")
    print(f"as many pings on the same hosts:       {pinged:6.2f} s  ({sum(tasks for _hosts, tasks in shape)} tasks)")
    print(f"ratio:                                 {nothing / pinged:6.2f}    (bar: 2.5)")


def calls(stage: Scene) -> None:
    # Without the redirect from HTTP, which is a listener too; the first run removes it.
    for _repeat in range(2):
        stage.forget_requests()
        timed(lambda: stage.play("alicloud.mtls.site", "--tags", "alb", "-e", "alb_mtls_http_redirect=false"))
    made = stage.requests()
    listener = [call for call in made if "Listener" in call["action"]]
    writes = sum(call["write"] for call in made)
    print(f"API calls of a run without a change:   {len(made):6d}    of these {writes} writes")
    print(f"API calls of its listener task:        {len(listener):6d}    (bar: 2)  {[c['action'] for c in listener]}")


def demo() -> None:
    """`make demo` in a fresh clone: first with no virtual environment and no image of the hosts, then again."""
    with tempfile.TemporaryDirectory(prefix="alicloud-mtls-bench-") as directory:
        clone = Path(directory) / "clone"
        timed(lambda: run(["git", "clone", "--quiet", str(ROOT), str(clone)], {"PATH": "/usr/bin:/bin"}))
        environment = {**Scene(clone / "demo", 70, "demo").environment}
        for name in ("DEMO_INVENTORY", "DEMO_PORT", "DEMO_DNS_PORT", "DEMO_ADDRESS_POOL"):
            environment.pop(name)
        make = ["make", "--directory", str(clone)]
        subprocess.run(
            [*make, "demo-down", "DEMO_DOWN_OPTIONS=-e hosts_remove_image=true"],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        shutil.rmtree(clone / ".venv")
        shutil.rmtree(clone / ".cache")
        try:
            for what in ("from nothing (bar: 300 s):", "from warm caches (bar: 90 s):"):
                seconds = timed(lambda: run([*make, "demo"], environment))[0]
                print(f"make demo, {what:<28}{seconds:6.1f} s", flush=True)
                subprocess.run([*make, "demo-down"], env=environment, check=True, stdout=subprocess.DEVNULL)
        finally:
            subprocess.run([*make, "demo-down"], env=environment, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="measure `make demo` too (stops a running demo)")
    parser.add_argument("--pki", action="store_true", help="measure the certificates only")
    parser.add_argument("--clients", action="store_true", help="measure lists of clients on a server only")
    parser.add_argument("--scale", action="store_true", help="measure large accounts and the sandbox only")
    parser.add_argument("--calls", action="store_true", help="measure a signed call of the sandbox only")
    options = parser.parse_args()
    if options.calls:
        gateway.calls()
        return
    if not (options.pki or options.scale):
        clients.main()
    if options.clients:
        return
    if not options.scale:
        pki.main()
    if not options.pki:
        scale.main()
        gateway.main()
    if options.pki or options.scale:
        return
    if options.demo:
        demo()
    with tempfile.TemporaryDirectory() as directory, scene(Path(directory), 73, "bench") as stage:
        timed(lambda: stage.script("infrastructure"))
        second_run(stage)
        calls(stage)
        nginx.runs(stage)
        nginx.handshakes(Path(directory))


if __name__ == "__main__":
    main()
