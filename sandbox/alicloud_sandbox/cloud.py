# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox: its store, jobs, data plane, resolver and products."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import typing as t
from dataclasses import dataclass
from pathlib import Path

from . import seed
from .alb.compile import build
from .alb.operations import LIFECYCLES
from .alb.operations import PRODUCT as ALB
from .cas.operations import OLD_PRODUCT as OLD_CAS
from .cas.operations import PRODUCT as CAS
from .dns import operations as dns
from .ecs.operations import PRODUCT as ECS
from .faults import Faults
from .jobs import DataPlaneLike, Jobs
from .pca import crl
from .pca.operations import PRODUCT as PRIVATE_CA
from .resourcemanager.operations import PRODUCT as RESOURCE_MANAGER
from .response import shape
from .store import Doc, Store
from .sts.operations import PRODUCT as STS
from .vpc.operations import PRODUCT as VPC

log = logging.getLogger(__name__)
PRODUCTS = (ALB, CAS, OLD_CAS, PRIVATE_CA, dns.PRODUCT, ECS, STS, VPC, RESOURCE_MANAGER)


class StateDirectoryBusyError(Exception):
    """Another process uses this state directory."""


def address(host: str, port: int) -> str:
    """Returns host and port as URLs have them: an IPv6 address is in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True)
class Settings:
    """Settings of a sandbox; ``delay`` is in seconds, and with ``dns_port`` None there is no resolver."""

    state_dir: Path
    host: str = "127.0.0.1"
    dns_port: int | None = None
    address_pool: str = "127.64.0.0/24"
    endpoint: str = "127.0.0.1:9900"  # host and port of the HTTP port
    data_plane: str = "off"
    delay: float = 0.4
    access_key_id: str = "sandbox"
    access_key_secret: str = "sandbox"  # noqa: S105  the documented default of a local service
    region: str = "cn-hangzhou"  # of requests that name none
    tls: bool = False  # HTTPS instead of HTTP, with a certificate of a CA in the state directory
    strict: bool = False  # refuses unknown parameters, which the cloud ignores
    request_log: Path | None = None  # a file that gets the log of the store as well

    @property
    def url(self) -> str:
        """Address of the HTTP port."""
        return f"{'https' if self.tls else 'http'}://{self.endpoint}"


class Cloud:
    """A running sandbox without its HTTP port. Raises StateDirectoryBusyError."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.state_dir.chmod(0o700)
        self._lock = (settings.state_dir / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateDirectoryBusyError(f"Another sandbox is running with {settings.state_dir}.") from None
        self.store = Store(settings.state_dir / "state.sqlite")
        self.faults = Faults()
        self._data_plane = _data_plane(settings)
        self.jobs = Jobs(self.store, LIFECYCLES, build, self._data_plane, self.faults, settings.delay)
        self._resolver = self._make_resolver()
        self.dns_port: int | None = self._resolver.port if self._resolver else None

    def start(self) -> None:
        """Takes over the state of the state directory, and serves it."""
        self.jobs.start()
        if self._resolver:
            self._resolver.start()

    def log(self, entry: Doc, answer: Doc) -> None:
        """Appends to the request log and its file, which sandboxes can share: a line is a single write.

        To be called within a transaction of the store.

        The file has the shape of the answer as well, without its values, for a comparison with the API's metadata.
        """
        self.store.log(entry)
        if self.settings.request_log:
            descriptor = os.open(self.settings.request_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(descriptor, "wb", buffering=0) as stream:
                stream.write(json.dumps({**entry, "response": shape(answer)}).encode() + b"\n")

    def close(self) -> None:
        """Stops the sandbox and keeps its state."""
        if self._resolver:
            self._resolver.close()
        self.jobs.stop()
        if self._data_plane:
            self._data_plane.close()
        self.store.close()
        self._lock.close()

    def seed(self, values: dict[str, t.Any]) -> None:
        """Registers what no operation of the API makes; see :func:`.seed.register`. Serves the new addresses.

        Raises ValueError for a value that is missing, unknown or malformed; nothing is changed then.
        """
        with self.store.transaction():
            seed.register(self.store, values)
        self.jobs.refresh()

    def crl(self, path: str) -> bytes | None:
        """Returns the CRL of a private CA at the path of its address, in DER; None when there is none."""
        with self.store.transaction():
            return crl.fetch(self.store, path)

    def reset(self) -> None:
        """Forgets everything, faults included."""
        self.faults.clear()
        self.jobs.reset()

    def _make_resolver(self) -> t.Any:
        if self.settings.dns_port is None:
            return None
        from .resolver import Resolver  # dnslib is needed with a resolver alone

        return Resolver(self.settings.host, self.settings.dns_port, lambda *query: dns.lookup(self.store, *query))


def _data_plane(settings: Settings) -> DataPlaneLike | None:
    if settings.data_plane == "off":
        return None
    from .dataplane import DataPlane  # Nginx is needed with a data plane alone

    return DataPlane(settings.state_dir)
