"""Changes and removals: the old export and the change make the new one, and a removal leaves what was there before.

Over pairs of estates made by hypothesis, one changed into the other, in every format.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from planner.enforcement.device_rules import ExportError, host_classes
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.plan.topology import Topology
from tests.configured import Asa, Cisco, Junos, Netsh, PanOs, PowerShell, WindowsXp
from tests.exports.firewall.test_estates import about_rules, estates
from tests.exports.firewall.test_estates import proved as proved_whole
from tests.exports.firewall.test_linux import needs_kernel
from tests.exports.firewall.test_vendors import READERS, needs_fwbuilder
from tests.exports.firewall.test_windows import parse
from tests.firewalls import filled, in_a_network_of_its_own
from tests.vendor_readers import Entry

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:confgraph")


def proved(examples: int) -> settings:
    """Returns settings without shrinking: aerleon renders thousands of estates slowly."""
    return settings(proved_whole(examples), phases=(Phase.explicit, Phase.generate))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Plan, Plan]:
    """Returns two revisions of an estate: other answers, hosts or networks in some zones, perhaps another mode."""
    old = draw(estates())
    answers = old.topology.answers
    changed = msgspec.structs.replace(
        answers,
        clients=draw(st.booleans()),
        rollout=draw(st.sampled_from(((), ("clients",), answers.rollout))),
        source_ports=draw(st.sampled_from(("documented", "any", answers.source_ports))),
        ams_alerting=draw(st.booleans()),
    )
    zones = tuple(
        msgspec.structs.replace(zone, hosts={}, networks=zone.networks[: draw(st.integers(1, 2))])
        if draw(st.booleans())
        else zone
        for zone in old.topology.zones
    )
    topology = Topology(answers=changed, zones=zones)
    head = msgspec.structs.replace(old.head, revision=old.head.revision + 1)
    return old, msgspec.structs.replace(old, head=head, topology=topology)


class Texts:
    """The exports of a pair: the old one, the new one, the change from one to the other, and both removals."""

    def __init__(self, old: Plan, new: Plan, name: str, **asked: Any) -> None:
        def write(plan: Plan, **more: Any) -> str:
            return write_rules(plan, FORMATS[name], ExportRequest(**asked, **more)).text

        try:
            self.old, self.new, self.change = write(old), write(new), write(new, since=old)
            self.old_removal, self.removal = write(old, remove=True), write(new, remove=True)
        except ExportError as error:
            assume(not about_rules(error))
            raise


def states(texts: Texts, begin: Callable[[], Any], see: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Load old and change, new alone, each with its removal, and give what is there."""
    found = []
    for loads in (
        (texts.old, texts.change), (texts.new,), (texts.old, texts.change, texts.removal),
        (texts.old, texts.old_removal), (),
    ):  # fmt: skip
        device = begin()
        for text in loads:
            device.load(text)
        found.append(see(device))
    return tuple(found)


def prove(changed: Any, new: Any, *removed: Any) -> None:
    assert changed == new
    assert [each for each in removed if each != removed[-1]] == []


def entries(name: str) -> Callable[[Any], Any]:
    """Read what a device holds by the foreign parser of its format; nothing where it holds nothing."""
    return lambda device: READERS[name](device.text) if device.text.strip() else []


DEVICES = {"cisco-ios": Cisco, "cisco-nxos": Cisco, "cisco-asa": Asa}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_fwbuilder if name == "cisco-asa" else ()) for name in DEVICES]
)
@proved(5)
@given(pairs(), st.booleans())
def test_cisco(name: str, pair: tuple[Plan, Plan], fewer: bool) -> None:
    vendor: Any = name
    old, new = (filled(plan, vendor) for plan in pair)
    if fewer:
        device = new.topology.devices[0]
        sides = dict(list(device.interfaces.items())[1:])
        assume(sides)
        smaller = msgspec.structs.replace(device, interfaces=sides)
        new = msgspec.structs.replace(new, topology=msgspec.structs.replace(new.topology, devices=(smaller,)))
    prove(*states(Texts(old, new, name), DEVICES[name], entries(name)))


@proved(6)
@given(pairs())
def test_juniper(pair: tuple[Plan, Plan]) -> None:
    old, new = (filled(plan, "juniper-srx") for plan in pair)
    prove(*states(Texts(old, new, "juniper-srx"), Junos, lambda device: device.held))


@proved(6)
@given(pairs())
def test_palo_alto(pair: tuple[Plan, Plan]) -> None:
    old, new = (filled(plan, "paloalto") for plan in pair)
    texts = Texts(old, new, "paloalto")
    prove(*states(texts, PanOs, rules_of_palo_alto))
    device = PanOs()
    for text in (texts.old, texts.change, texts.removal):
        device.load(text)
    assert "SAV" not in device.text


def rules_of_palo_alto(device: PanOs) -> list[Entry]:
    """Read the rules; among permits the order is nothing, but what drops the rest has to be behind them all."""
    found = READERS["paloalto"](device.text) if device.root is not None else []
    last = [number for number, entry in enumerate(found) if entry.marker.startswith("SAV10")]
    assert not any(entry.permits for entry in found[min(last, default=0) :])
    return sorted(found)


@needs_kernel
@proved(4)
@given(pairs(), st.sampled_from(("exclusive", "additive")), st.sampled_from(("exclusive", "additive")))
def test_linux_devices(pair: tuple[Plan, Plan], before: Any, after: Any) -> None:
    old, new = filled(pair[0], "linux", before), filled(pair[1], "linux", after)
    in_kernel(Texts(old, new, "nftables"), "nft -f -", "nft list ruleset")
    for program, name in (("iptables", "iptables"), ("ip6tables", "ip6tables")):
        texts = Texts(old, new, name)
        # What the chain is hooked into, and the policy of it, are said to stay: the heading names both.
        hook = (
            f"{program} -C FORWARD -j SAV10 2>/dev/null || {program} -I FORWARD -j SAV10; {program} -P FORWARD ACCEPT"
        )
        in_kernel(
            texts,
            f"{program}-restore --noflush; {hook}",
            f"{program}-save | grep -v '^#'",
            removal=f"{program}-restore --noflush",
        )


@needs_kernel
@proved(4)
@given(pairs())
def test_linux_hosts(pair: tuple[Plan, Plan]) -> None:
    old, new = (filled(plan) for plan in pair)
    for zone, role in both_classes(old, new)[:2]:
        in_kernel(Texts(old, new, "nftables-host", zone=zone, role=role), "nft -f -", "nft list ruleset")
        for program in ("iptables", "ip6tables"):
            texts = Texts(old, new, f"{program}-host", zone=zone, role=role)
            hook = f"{program} -C INPUT -j SAV10-IN 2>/dev/null || {program} -I INPUT -j SAV10-IN"
            in_kernel(
                texts,
                f"{program}-restore --noflush; {hook}",
                f"{program}-save | grep -v '^#'",
                removal=f"{program}-restore --noflush",
            )


def in_kernel(texts: Texts, load: str, see: str, removal: str = "") -> None:
    """Loads into the kernel the old export and the change, the new one alone, and what the removal leaves."""
    removal = removal or load
    mark = "=" * 20
    other = "nft add table inet other; iptables -N OTHER; ip6tables -N OTHER;"
    old, change, new = (texts.old, load), (texts.change, load), (texts.new, load)
    steps = ((old, change), (new,), (old, change, (texts.removal, removal)), (old, (texts.old_removal, removal)), ())
    seen = []
    for loads in steps:
        script = [other, "cat > /dev/shm/$$"]
        for number, (_, command) in enumerate(loads, 1):
            which = f'BEGIN {{ p = 1 }} $0 == "{mark}" {{ p++; next }} p == {number}'
            part = f"awk '{which}' /dev/shm/$$ > /dev/shm/$$.1"
            first, *rest = command.split("; ", 1)
            script += [part, f"{first} < /dev/shm/$$.1", *rest]
        script += ["rm -f /dev/shm/$$ /dev/shm/$$.1", see]
        seen.append(in_a_network_of_its_own("\n".join(script), f"{mark}\n".join(text for text, _ in loads)))
    prove(*seen)


def both_classes(old: Plan, new: Plan) -> list[Any]:
    known = host_classes(new)
    return [each for each in host_classes(old) if each in known]


@proved(6)
@given(pairs())
def test_windows_hosts(pair: tuple[Plan, Plan]) -> None:
    old, new = (filled(plan) for plan in pair)
    for zone, role in both_classes(old, new):
        prove(*states(Texts(old, new, "netsh", zone=zone, role=role), Netsh, lambda device: device.held))
        prove(*states(Texts(old, new, "powershell", zone=zone, role=role), Parsed, lambda device: device.held))


class Parsed(PowerShell):
    """PowerShell's rules, from scripts that tree-sitter's grammar reads."""

    def load(self, script: str) -> None:  # type: ignore[override]
        super().load(parse(script), script)


@proved(8)
@given(pairs())
def test_windows_xp(pair: tuple[Plan, Plan]) -> None:
    old, new = (filled(plan) for plan in pair)
    for zone, role in both_classes(old, new):
        prove(*states(Texts(old, new, "netsh-xp", zone=zone, role=role), WindowsXp, lambda device: device.held))
