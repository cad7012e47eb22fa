"""Vendors of firewalls that a plan may name as a device, and the abilities of each."""

from typing import Literal

import msgspec

from planner.plan.topology import Device

Vendor = Literal["linux", "cisco-ios", "cisco-nxos", "cisco-asa", "juniper-srx", "paloalto"]


class VendorFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of firewall. ``keeps_state``: it can follow connections; ``must_keep``: it cannot do otherwise.

    ``interface``: what the vendor calls a zone's side of the device; ``pattern`` matches those it can hold;
    ``accepted`` says so in words.
    """

    title: str
    keeps_state: bool
    must_keep: bool
    interface: str
    pattern: str
    accepted: str


VENDORS: dict[Vendor, VendorFacts] = {
    "linux": VendorFacts(
        title="Linux (nftables, iptables)",
        keeps_state=True,
        must_keep=False,
        interface="interface",
        pattern=r"(?!\.\.?$)[A-Za-z0-9_.@-]{1,15}",
        accepted="an interface such as eth0.10: 1 to 15 letters, digits, _ . @ -",
    ),
    "cisco-ios": VendorFacts(
        title="Cisco IOS",
        keeps_state=False,
        must_keep=False,
        interface="interface",
        pattern=r"[A-Za-z][A-Za-z-]{1,30} ?[0-9][0-9/.:]{0,20}",
        accepted="an interface such as GigabitEthernet0/1",
    ),
    "cisco-nxos": VendorFacts(
        title="Cisco NX-OS",
        keeps_state=False,
        must_keep=False,
        interface="interface",
        pattern=r"[A-Za-z][A-Za-z-]{1,30} ?[0-9][0-9/.:]{0,20}",
        accepted="an interface such as Ethernet1/1 or Vlan10",
    ),
    "cisco-asa": VendorFacts(
        title="Cisco ASA",
        keeps_state=True,
        must_keep=True,
        interface="nameif",
        pattern=r"[A-Za-z][A-Za-z0-9_.-]{0,47}",
        accepted="the nameif: a letter, then up to 47 letters, digits, _ . -",
    ),
    "juniper-srx": VendorFacts(
        title="Juniper SRX",
        keeps_state=True,
        must_keep=True,
        interface="security zone",
        pattern=r"(?!global$)[A-Za-z][A-Za-z0-9-]{0,62}",
        accepted="a security zone: a letter, then up to 62 letters, digits, hyphens; not 'global'",
    ),
    "paloalto": VendorFacts(
        title="Palo Alto",
        keeps_state=True,
        must_keep=True,
        interface="zone",
        pattern=r"(?!any$)[A-Za-z][A-Za-z0-9_.-]{0,30}",
        accepted="a zone: a letter, then up to 30 letters, digits, _ . -; not 'any'",
    ),
}
"""Lengths and characters: nftables 1.0.6 (measured), else the vendors' own guides."""


def facts_of(device: Device) -> VendorFacts | None:
    """Returns the facts about a device's vendor; None for an unknown one."""
    return VENDORS.get(device.vendor)  # type: ignore[call-overload, no-any-return]  # any text may stand in a plan
