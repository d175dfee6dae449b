# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of the data plane to the control plane."""

from __future__ import annotations

import logging
import socket
import threading
from pathlib import Path

from ..topology import ServerHealth, Topology
from . import config
from .errors import DataPlaneError
from .health import HealthMonitor
from .nginx import Nginx

_log = logging.getLogger(__name__)


class DataPlane:
    """Serves a topology with an Nginx of its own below ``state_dir``. All methods may be called from any thread.

    An Nginx that an earlier owner of ``state_dir`` has left behind goes on serving until the first :meth:`apply` takes
    it over.

    Raises DataPlaneError without a usable Nginx.
    """

    def __init__(self, state_dir: Path) -> None:
        self._nginx = Nginx(state_dir / "dataplane")
        self._lock = threading.RLock()
        self._topology = Topology()
        self._endpoints: set[tuple[str, int]] | None = None  # None: a left-over Nginx may have any
        self._closed = False
        self._monitor = HealthMonitor(self._apply_health)

    def apply(self, topology: Topology) -> None:
        """Serves ``topology``, and returns when nothing else is served any more.

        Raises DataPlaneError with Nginx's message; the topology before is still served then.
        """
        with self._lock:
            if self._closed:
                raise DataPlaneError("the data plane is closed")
            self._install(topology)
            for balancer in topology.load_balancers:
                for listener in balancer.listeners:
                    if listener.protocol == "QUIC":
                        _log.warning("listener %s: QUIC is not served by the data plane", listener.listener_id)
            self._topology = topology
            self._monitor.watch(topology)

    def health(self) -> list[ServerHealth]:
        """Returns the health of every server in a group that a listener uses, healthy ones included."""
        return self._monitor.health()

    def close(self) -> None:
        """Stops the health checks and Nginx. Can be called twice."""
        with self._lock:
            self._closed = True
        self._monitor.close()  # without the lock: a running change of health may need it
        with self._lock:
            self._nginx.stop()

    def _apply_health(self) -> None:
        with self._lock:
            if not self._closed:
                self._install(self._topology)

    def _install(self, topology: Topology) -> None:
        nginx = self._nginx
        rendered = config.render(topology, self._monitor.unhealthy(), nginx.version, nginx.configurations)
        if nginx.serves() == rendered.generation:
            self._endpoints = config.endpoints(topology)
            return
        if self._endpoints is not None:
            # Nginx would notice as well, after trying for two and a half seconds.
            for address, port in sorted(config.endpoints(topology) - self._endpoints):
                _must_be_free(address, port)
        nginx.install(rendered)
        self._endpoints = config.endpoints(topology)


def _must_be_free(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except PermissionError:
            return  # a privileged port, to which Nginx may have the right: its program file can have capabilities
        except OSError as error:
            raise DataPlaneError(f"cannot listen on {address}:{port}: {error.strerror}") from None
