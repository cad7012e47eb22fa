"""Answers about the estate: the ``[topology]`` table of a plan."""

import datetime
from collections.abc import Mapping
from typing import Literal

import msgspec

RoleId = Literal["console", "server", "netware", "client", "roaming-client", "legacy-client", "quarantine", "internet"]
Boundary = Literal["stateful", "stateless"]
SourcePorts = Literal["documented", "union", "modern", "any"]
AmsHost = Literal["server", "console", "quarantine"]
Rollout = Literal["clients", "servers", "legacy-clients"]
InstallHost = Literal["console", "server"]

MAX_COUNT = 100_000
MAX_LABEL = 100
"""Characters of an id, a ticket or an interface."""
MAX_LINE = 400
"""Characters of a title or a person."""
MAX_NOTE = 4_000
"""Characters of a reason or a note."""
MAX_OPTIONS = 32


class TopologyError(ValueError):
    """Impossible answer or zone; the text names the field, the fault and what is accepted."""


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A frozen value of the plan; a field the program does not know is refused."""


def refuse_long(where: str, value: Value, most: Mapping[str, int]) -> None:
    """Refuses a value with a text or list that is longer than ``most`` allows its field, in characters or entries.

    Raises:
        TopologyError: ``where`` and the first field that is too long.
    """
    for name, limit in most.items():
        content = getattr(value, name)
        if len(content) > limit:
            unit = "characters" if isinstance(content, str) else "entries"
            raise TopologyError(f"{where}{name}: {len(content):,} {unit}; accepted: up to {limit:,}")


class Answers(Value, frozen=True, kw_only=True):
    """Answers of the user about the estate: the ``[topology]`` table of a plan.

    ``quarantine_port`` None keeps forwarding to the Quarantine Server closed. ``options`` holds the ids of optional
    flows turned on. ``assumed`` names the answers nobody has confirmed.
    """

    servers: int = 1
    netware_servers: int = 0
    netware_parents: bool = False
    clients: bool = True
    roaming_clients: bool = False
    roaming_push: bool = True
    mobile_clients: bool = False
    legacy_clients: bool = False
    central_quarantine: bool = False
    quarantine_port: int | None = None
    dis_http_port: int = 2847
    dis_https_port: int = 2848
    ams_alerting: bool = False
    ams_hosts: tuple[AmsHost, ...] = ("server",)
    rollout: tuple[Rollout, ...] = ()
    install_from: tuple[InstallHost, ...] = ("console",)
    rollout_until: datetime.date | None = None
    legacy_until: datetime.date | None = None
    console_agent: bool = True
    rtvscan_port: int = 2967
    netware_port: int = 2968
    boundary: Boundary = "stateful"
    source_ports: SourcePorts = "documented"
    options: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_long("", self, {"options": MAX_OPTIONS, "assumed": len(CONFIRMABLE)})
        for option in self.options:
            if len(option) > MAX_LABEL:
                raise TopologyError(f"options: {option[:20]!r}...: {len(option):,} characters; accepted: {MAX_LABEL}")
        for name in ("servers", "netware_servers"):
            count = getattr(self, name)
            if not 0 <= count <= MAX_COUNT:
                raise TopologyError(f"{name}: {count} is out of range; accepted: 0 to {MAX_COUNT}")
        for name in ("quarantine_port", "dis_http_port", "dis_https_port", "rtvscan_port", "netware_port"):
            port = getattr(self, name)
            if port is not None and not 1 <= port <= 65535:
                raise TopologyError(f"{name}: {port} is no port; accepted: 1 to 65535")
        for name in ("ams_hosts", "rollout", "install_from", "options", "assumed"):
            members = getattr(self, name)
            if len(set(members)) != len(members):
                raise TopologyError(f"{name}: lists the same member twice; accepted: each once")
        for name in self.assumed:
            if name not in CONFIRMABLE:
                raise TopologyError(f"assumed: {name!r} is no answer; accepted: {', '.join(CONFIRMABLE)}")


ANSWER_LABELS: Mapping[str, str] = {
    "servers": "Windows servers",
    "netware_servers": "NetWare servers",
    "netware_parents": "NetWare parents",
    "clients": "10.x/3.x clients",
    "roaming_clients": "Roaming clients",
    "roaming_push": "Push to roaming",
    "mobile_clients": "Mobile computers",
    "legacy_clients": "Legacy 9.x clients",
    "central_quarantine": "Central Quarantine",
    "quarantine_port": "Quarantine port",
    "dis_http_port": "DIS HTTP port",
    "dis_https_port": "DIS HTTPS port",
    "ams_alerting": "AMS alerting",
    "ams_hosts": "AMS hosts",
    "rollout": "Remote rollout",
    "install_from": "Install tools",
    "rollout_until": "Rollout ends",
    "legacy_until": "Legacy ends",
    "console_agent": "Agent on console",
    "rtvscan_port": "Rtvscan port",
    "netware_port": "NetWare port",
    "boundary": "Zone boundary",
    "source_ports": "Source ports",
    "options": "Optional flows",
}
"""Every answer a question asks for, with its short name on screen and paper."""

CONFIRMABLE: tuple[str, ...] = tuple(ANSWER_LABELS)
