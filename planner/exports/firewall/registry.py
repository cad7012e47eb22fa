"""Registry of the firewall formats. A format's row stands in the module of its writer."""

from planner.exports.firewall import aerleon_yaml, cisco, iptables, juniper, nftables, paloalto, windows
from planner.exports.firewall.model import Format

_MODULES = (nftables, iptables, cisco, juniper, paloalto, aerleon_yaml, windows)

FORMATS: dict[str, Format] = {
    row.name: row for scope in ("device", "host") for module in _MODULES for row in module.FORMATS if row.scope == scope
}
"""In the order in which they are listed."""
