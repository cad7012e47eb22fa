"""Vendors' configurations read by parsers that nobody here wrote, into entries of one form, in the order they hold."""

import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

from planner.enforcement.device_rules import ANY_PORTS

ALL_NETWORKS = ("0.0.0.0/0", "::/0")


class Entry(NamedTuple):
    """One entry of a list, or one rule between zones. No interface, and protocol ``ip``, mean any."""

    permits: bool
    in_interface: str
    out_interface: str
    protocol: str
    source: str
    destination: str
    source_ports: tuple[int, int]
    destination_ports: tuple[int, int]
    established: bool
    marker: str


def read_cisco(text: str, platform: str) -> list[Entry]:
    """Read the lists of an IOS device by confgraph, all or those for IPv6, which NX-OS writes in the same way."""
    from confgraph.parsers.ios_parser import IOSParser

    bound = _bound(text)
    lists = [each for each in IOSParser(text).parse_acls() if platform == "ios" or each.family == "ipv6"]
    assert {each.name for each in lists} == {name for name in bound if platform == "ios" or name.endswith("IN6")}
    return [entry for each in lists for entry in _cisco_entries(each, bound[each.name])]


def _bound(text: str) -> dict[str, str]:
    """Find the interface that each list is bound to."""
    found, interface = {}, ""
    for line in text.splitlines():
        if line.startswith("interface "):
            interface = line.removeprefix("interface ")
        elif re.match(r" (ip access-group|ipv6 traffic-filter) \S+ in$", line):
            found[line.split()[2]] = interface
    return found


def _cisco_entries(acl: Any, interface: str) -> Iterator[Entry]:
    marker = ""
    for entry in acl.entries:
        if entry.action == "remark":
            marker = entry.remark.split(maxsplit=1)[0]
            continue
        if entry.protocol == "icmp":
            assert entry.flags in (["nd-na"], ["nd-ns"])
            continue
        assert set(entry.flags) <= {"established"}, entry
        v6 = acl.family == "ipv6"
        if v6 and entry.destination is None:
            # It takes a second prefix for a wildcard where no source port stands between the two.
            entry.destination, entry.destination_port, entry.source_port = (
                entry.source_wildcard, entry.source_port, entry.destination_port,
            )  # fmt: skip
        ends = (
            (entry.source_network, entry.source),
            (entry.destination_network, entry.destination),
        )
        source, destination = (_cisco_network(network, text, v6=v6) for network, text in ends)
        yield Entry(
            entry.action == "permit", interface, "", "ip" if entry.protocol in ("ip", "ipv6") else entry.protocol,
            source, destination, _cisco_span(entry.source_port), _cisco_span(entry.destination_port),
            "established" in entry.flags, marker,
        )  # fmt: skip


def _cisco_network(network: Any, text: str, *, v6: bool) -> str:
    if text == "any":
        return ALL_NETWORKS[v6]
    return str(ip_network(text)) if v6 else str(network)


def _cisco_span(text: str | None) -> tuple[int, int]:
    if text is None:
        return ANY_PORTS
    operator, *words = text.split()
    numbers = [_NAMED.get(word) or int(word) for word in words]
    assert (operator, len(numbers)) in (("eq", 1), ("range", 2)), text
    return numbers[0], numbers[-1]


_NAMED = {"netbios-ssn": 139, "netbios-ns": 137, "netbios-dgm": 138}


def read_cisco_acl(text: str, platform: str) -> list[Entry]:
    """Read the IPv4 lists of an IOS or NX-OS device by cisco-acl."""
    import cisco_acl

    bound = _bound(text)
    found = []
    only = re.sub(r"(?ms)^ipv6 access-list .*?^exit$", "", text)
    lists: Any = cisco_acl.acls(config=only, platform=platform)
    for acl in lists:
        marker = ""
        for ace in acl.items:
            if type(ace).__name__ == "Remark":
                marker = ace.text.split(maxsplit=1)[0]
                continue
            assert ace.option.line in ("", "established")
            found.append(
                Entry(
                    ace.action == "permit", bound[acl.name], "", ace.protocol.name or "ip", str(ace.srcaddr.ipnet),
                    str(ace.dstaddr.ipnet), _ports(ace.srcport), _ports(ace.dstport), bool(ace.option.line), marker,
                )
            )  # fmt: skip
    return found


def _ports(port: Any) -> tuple[int, int]:
    if not port.operator:
        return ANY_PORTS
    assert (port.operator, len(port.items)) in (("eq", 1), ("range", 2))
    return port.items[0], port.items[-1]


def read_asa(text: str) -> list[Entry]:
    """Read an ASA's lists by Firewall Builder's own grammar."""
    sides = dict.fromkeys(re.findall(r"^access-group \S+ in interface (\S+)$", text, re.MULTILINE))
    head = ["ASA Version 8.2(5)"]
    for number, side in enumerate(sides):
        head += [
            f"interface Ethernet0/{number}", f" nameif {side}", f" security-level {number % 100}",
            f" ip address 10.{200 + number // 250}.{number % 250}.1 255.255.255.0", "!",
        ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        library, config = Path(folder, "x.fwb"), Path(folder, "x.cfg")
        shutil.copy(next(Path("/usr/share").glob("fwbuilder-*/objects_init.xml")), library)
        library.chmod(0o600)
        config.write_text("\n".join([*head, text]))
        for arguments in (
            ["new", "-f", str(library), "-t", "Library", "-n", "User", "-p", "/"],
            ["import", "-f", str(library), "-i", str(config), "-o", "/User/Firewalls/x"],
        ):
            done = subprocess.run(["fwbedit", *arguments], capture_output=True, text=True, check=False)
            said = done.stdout + done.stderr
            assert not re.search(r"(?im)^\d+: *(parser )?error", said), said[-2000:]
        return list(_asa_entries(ET.parse(library).getroot()))  # noqa: S314  # Firewall Builder's own file


_FWB = "{http://www.fwbuilder.org/1.0/}"


def _asa_entries(root: ET.Element) -> Iterator[Entry]:
    objects = {element.get("id"): element for element in root.iter() if element.get("id")}
    marker = ""
    for rule in list(root.iter(f"{_FWB}Firewall"))[-1].iter(f"{_FWB}PolicyRule"):
        parts = {
            name: [objects[reference.get("ref")] for reference in rule.find(f"{_FWB}{name}") or ()]
            for name in ("Src", "Dst", "Srv", "Itf")
        }
        assert all(len(part) == 1 for part in parts.values())
        said = re.search(r"^(SAV\S*)(?: - (\S+))?", (rule.get("comment") or ""), re.MULTILINE)
        marker = f"{said[1]}" if said else marker
        service = parts["Srv"][0]
        kind = service.tag.removeprefix(_FWB)
        assert kind in ("TCPService", "UDPService", "IPService"), kind
        assert service.get("established", "False") == "False"
        yield Entry(
            rule.get("action") == "Accept", parts["Itf"][0].get("label", ""), "",
            kind.removesuffix("Service").lower(), _asa_network(parts["Src"][0]), _asa_network(parts["Dst"][0]),
            _asa_span(service, "src"), _asa_span(service, "dst"), False, marker,
        )  # fmt: skip


def _asa_network(element: ET.Element) -> str:
    kind = element.tag.removeprefix(_FWB)
    if kind == "AnyNetwork":
        return ALL_NETWORKS[0]
    address = element.get("address") or ""
    return str(ip_network(f"{address}/{element.get('netmask')}" if kind == "Network" else address))


def _asa_span(service: ET.Element, end: str) -> tuple[int, int]:
    low, high = (int(service.get(f"{end}_range_{edge}", 0)) for edge in ("start", "end"))
    return (low, high) if high else ANY_PORTS


def read_srx(text: str) -> list[Entry]:
    """Read an SRX's policies by confgraph's tree of the configuration."""
    from confgraph.parsers.junos_hierarchy import parse_junos_config

    tree = parse_junos_config(re.sub(r"\breplace: ", "", text))
    book = tree["security"]["address-book"]["global"]
    addresses = {name: next(iter(value)) for name, value in book.get("address", {}).items()}
    sets = {name: [addresses[each] for each in value["address"]] for name, value in book.get("address-set", {}).items()}
    found = []
    for from_, to, policies in _srx_pairs(tree["security"]["policies"]):
        for name, policy in policies.items():
            assert set(policy) == {"match", "then"}
            for protocol, sports, dports in _srx_services(policy["match"]["application"], tree.get("applications", {})):
                for source in _srx_networks(policy["match"]["source-address"], sets):
                    for destination in _srx_networks(policy["match"]["destination-address"], sets):
                        permits = "permit" in policy["then"]
                        marker = _marker(name)
                        found.append(
                            Entry(permits, from_, to, protocol, source, destination, sports, dports, False, marker)
                        )
    return found


def _srx_pairs(policies: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for from_, rest in policies.get("from-zone", {}).items():
        for to, content in rest["to-zone"].items():
            yield from_, to, content["policy"]
    if "global" in policies:
        yield "", "", policies["global"]["policy"]


def _srx_networks(names: dict[str, Any], sets: dict[str, list[str]]) -> list[str]:
    return [network for name in names for network in (["any"] if name == "any" else sets[name])]


def _srx_services(names: dict[str, Any], applications: Any) -> Iterator[tuple[str, tuple[int, int], tuple[int, int]]]:
    for name in names:
        if name == "any":
            yield "ip", ANY_PORTS, ANY_PORTS
            continue
        for member in applications["application-set"][name]["application"]:
            for term in applications["application"][member]["term"].values():
                words = list(_flat(term))
                values = dict(zip(words[::2], words[1::2], strict=True))
                assert set(values) <= {"protocol", "source-port", "destination-port"}
                yield values["protocol"], _span(values.get("source-port")), _span(values.get("destination-port"))


def _flat(tree: Any) -> Iterator[str]:
    for word, rest in tree.items():
        yield word
        yield from _flat(rest)


def _span(text: str | None) -> tuple[int, int]:
    if text is None:
        return ANY_PORTS
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def _marker(name: str) -> str:
    """Returns the number of a permit, or the family of a deny, from the name of a term."""
    return re.sub(r"-(\d{1,3}|v[46])$", "", name)


def read_paloalto(text: str) -> list[Entry]:
    """Read rules, services and addresses by pan-os-python, Palo Alto's own library."""
    from panos.objects import AddressGroup, AddressObject, ServiceObject
    from panos.policies import SecurityRule

    vsys = ET.fromstring(text.encode()).find("devices/entry/vsys/entry")  # noqa: S314  # our own output
    assert vsys is not None

    def objects(kind: Any, path: str) -> list[Any]:
        element = vsys.find(path)
        return kind.refreshall_from_xml(kind(), element) if element is not None else []

    addresses = {each.name: each.value for each in objects(AddressObject, "address")}
    groups = {each.name: [addresses[m] for m in each.static_value] for each in objects(AddressGroup, "address-group")}
    services = {each.name: each for each in objects(ServiceObject, "service")}
    found = []
    for rule in objects(SecurityRule, "rulebase/security/rules"):
        assert rule.application == ["any"]
        (from_,), (to,) = rule.fromzone, rule.tozone
        for service in rule.service:
            known = services.get(service)
            protocol = known.protocol if known else "ip"
            sports, dports = (_span(known.source_port), _span(known.destination_port)) if known else (ANY_PORTS,) * 2
            for source in (each for name in rule.source for each in groups.get(name, [name])):
                for destination in (each for name in rule.destination for each in groups.get(name, [name])):
                    found.append(
                        Entry(
                            rule.action == "allow", from_.replace("any", ""), to.replace("any", ""), protocol, source,
                            destination, sports, dports, False, _marker(rule.name),
                        )
                    )  # fmt: skip
    return found
