"""Every firewall format: what it is called, for whom it is, and where it is written. One row a format."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from planner.enforcement.vendors import Vendor
from planner.plan.addresses import Family
from planner.plan.topology import Device

Scope = Literal["device", "host"]


ONLY_CHANGES = "Below is only what became different: load it where that revision is in force."
IN_ITS_PLACE = "This is the whole: loaded where that revision is in force, it takes its place, and nothing of it stays."
TO_BE_RENDERED = (
    "This is the whole policy. What that revision left on the device does not go by rendering it: the device's own "
    "format sees to that."
)
NEW_LISTS = (
    "These are whole lists under names of their own: each interface takes its new one, then those of that revision go, "
    "and nothing of it stays."
)


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One firewall format.

    ``scope``: the boundary between zones (a device), or the own firewall of one kind of host. ``module`` under
    ``planner.exports.firewall`` holds ``write``, ``remove`` and, where the format can change single rules, ``delta``,
    each with the ``suffix``. ``sibling``: the format that holds the other address family. ``comment``: what a line of
    the heading stands between. ``load``: how it gets in; ``unload``: how a removal or a change does, where that is not
    the first sentence of it. ``since``: what an export since an older revision is: the change alone, or everything.
    """

    name: str
    title: str
    scope: Scope
    module: str
    vendor: Vendor | None = None
    suffix: str = ""
    families: tuple[Family, ...] = (4, 6)
    comment: tuple[str, str] = ("# ", "")
    line_end: str = "\n"
    file: str
    load: str
    extra: str = ""
    sibling: str = ""
    unload: str = ""
    since: str = ONLY_CHANGES

    def fitting(self, devices: Sequence[Device]) -> list[Device]:
        """Give the devices that it can be written for; where it is for any vendor, Linux only alone."""
        if self.vendor:
            return [device for device in devices if device.vendor == self.vendor]
        return [device for device in devices if device.vendor != "linux"] or list(devices)


IN_CONFIGURATION_MODE = "paste in configuration mode, then commit"
VENDORS_EXTRA = "needs the extra 'vendors'"
_CMD = "\r\n"

FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format(
            name="nftables", title="nftables, between zones", scope="device", vendor="linux", module="nftables",
            since=IN_ITS_PLACE, file="sav10.nft",
            load="nft -f sav10.nft. It replaces its own table sav10 whole, in one step, and touches no other; "
            "loading it twice changes nothing",
        ),
        Format(
            name="iptables", title="iptables-restore, between zones, IPv4", scope="device", vendor="linux",
            sibling="ip6tables",
            module="iptables", suffix="_v4", families=(4,), since=IN_ITS_PLACE, file="sav10.v4.rules",
            load="iptables-restore --noflush < sav10.v4.rules. It refills its own chain SAV10 and changes nothing "
            "when loaded twice",
        ),
        Format(
            name="ip6tables", title="ip6tables-restore, between zones, IPv6", scope="device", vendor="linux",
            sibling="iptables",
            module="iptables", suffix="_v6", families=(6,), since=IN_ITS_PLACE, file="sav10.v6.rules",
            load="ip6tables-restore --noflush < sav10.v6.rules. It refills its own chain SAV10 and changes nothing "
            "when loaded twice",
        ),
        Format(
            name="cisco-ios", title="Cisco IOS access lists, between zones", scope="device", vendor="cisco-ios",
            module="cisco", suffix="_ios", comment=("! ", ""), since=NEW_LISTS,
            file="sav10-ios.cfg", extra=VENDORS_EXTRA,
            load="paste in configuration mode, or copy to running-config. New lists come first, then each interface "
            "takes its own",
        ),
        Format(
            name="cisco-nxos", title="Cisco NX-OS access lists, between zones", scope="device", vendor="cisco-nxos",
            module="cisco", suffix="_nxos", comment=("! ", ""), since=NEW_LISTS,
            file="sav10-nxos.cfg", extra=VENDORS_EXTRA,
            load="paste in configuration mode, or copy to running-config. New lists come first, then each interface "
            "takes its own",
        ),
        Format(
            name="cisco-asa", title="Cisco ASA access lists, between zones", scope="device", vendor="cisco-asa",
            module="cisco", suffix="_asa", families=(4,), comment=("! ", ""), since=NEW_LISTS, file="sav10-asa.cfg",
            extra=VENDORS_EXTRA,
            load="paste in configuration mode, or copy to running-config. New lists come first, then each interface "
            "takes its own",
        ),
        Format(
            name="juniper-srx", title="Juniper SRX policies, between zones", scope="device", vendor="juniper-srx",
            module="juniper", file="sav10-srx.conf", unload=IN_CONFIGURATION_MODE,
            extra=VENDORS_EXTRA,
            load="load replace sav10-srx.conf, then show compare, then commit confirmed. It replaces policies, "
            "applications and address sets of the same name and merges the rest",
        ),
        Format(
            name="paloalto", title="Palo Alto security rules, between zones", scope="device", vendor="paloalto",
            module="paloalto", comment=("<!-- ", " -->"), unload=IN_CONFIGURATION_MODE, file="sav10-paloalto.xml",
            extra=VENDORS_EXTRA,
            load="import as a named configuration, then load config partial mode merge from it, then commit",
        ),
        Format(
            name="aerleon", title="aerleon policy in YAML, between zones", scope="device", module="aerleon_yaml",
            since=TO_BE_RENDERED, file="sav10.yaml",
            load="the first document is for aerleon's definitions, the second is the policy",
        ),
        Format(
            name="nftables-host", title="nftables, on a Linux host", scope="host", module="nftables", suffix="_host",
            since=IN_ITS_PLACE, file="sav10-host.nft",
            load="nft -f sav10-host.nft. It replaces its own table sav10_host whole and touches no other",
        ),
        Format(
            name="iptables-host", title="iptables-restore, on a Linux host, IPv4", scope="host", module="iptables",
            sibling="ip6tables-host",
            suffix="_host_v4", families=(4,), since=IN_ITS_PLACE, file="sav10-host.v4.rules",
            load="iptables-restore --noflush < sav10-host.v4.rules. It refills its own chain SAV10-IN",
        ),
        Format(
            name="ip6tables-host", title="ip6tables-restore, on a Linux host, IPv6", scope="host", module="iptables",
            sibling="iptables-host",
            suffix="_host_v6", families=(6,), since=IN_ITS_PLACE, file="sav10-host.v6.rules",
            load="ip6tables-restore --noflush < sav10-host.v6.rules. It refills its own chain SAV10-IN",
        ),
        Format(
            name="powershell", title="Windows 8, Server 2012 and later, PowerShell", scope="host", module="powershell",
            file="sav10.ps1", line_end=_CMD,
            load="powershell -ExecutionPolicy Bypass -File sav10.ps1, as administrator. Each rule is replaced by name, "
            "and rules of the group SAV10 that are not in here are removed",
        ),
        Format(
            name="netsh", title="Windows Vista, Server 2008 and later, netsh advfirewall", scope="host",
            module="netsh", file="sav10.cmd", line_end=_CMD, comment=("@rem ", ""),
            load="run sav10.cmd as administrator. Each rule is replaced by name; rules of older plans go with their "
            "own --remove, or with --since",
        ),
        Format(
            name="netsh-xp", title="Windows XP SP2, Server 2003 SP1, netsh firewall", scope="host", module="netsh",
            suffix="_xp", file="sav10-xp.cmd", line_end=_CMD, comment=("@rem ", ""),
            load="run sav10-xp.cmd as administrator. An opening for the same port is replaced",
        ),
    )
}  # fmt: skip
"""In the order in which they are listed."""
