"""nftables and iptables: loaded by the kernel, read back from it, and equal to what the plan permits."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from ipaddress import ip_address, ip_network, summarize_address_range
from typing import Any

import pytest

from planner.enforcement.device_rules import ANY_PORTS, DeviceRules, device_rules, host_classes, host_rules
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from tests.command_line import SAMPLES, sample
from tests.firewalls import Line, Mode, filled, in_a_network_of_its_own, lines_of

needs_kernel = pytest.mark.skipif(
    not all(map(shutil.which, ("nft", "iptables-restore", "unshare"))), reason="needs nft, iptables and unshare"
)
pytestmark = needs_kernel

PLANS = {path.stem: read_plan(str(path)).plan for path in SAMPLES}
EVERY: dict[int, str] = {4: "0.0.0.0/0", 6: "::/0"}


def export(plan: Plan, name: str, **asked: Any) -> str:
    """Returns the text of an export."""
    return write_rules(plan, FORMATS[name], ExportRequest(**asked)).text


def rules_of(plan: Plan) -> DeviceRules:
    return device_rules(plan, plan.topology.devices[0])


def loaded_by_nft(text: str) -> list[Any]:
    """Load a file twice beside another table, and give the ruleset; the second time must change nothing."""
    script = """
    nft add table inet other; nft 'add chain inet other keep { type filter hook forward priority 10; }'
    cat > /dev/shm/$$.nft; nft -c -f /dev/shm/$$.nft; nft -f /dev/shm/$$.nft; nft list ruleset > /dev/shm/$$.once
    nft -f /dev/shm/$$.nft; nft list ruleset | cmp - /dev/shm/$$.once; nft list table inet other > /dev/null
    nft -j list ruleset; rm /dev/shm/$$.*
    """
    ruleset: list[Any] = json.loads(in_a_network_of_its_own(script, text))["nftables"]
    return [entry["rule"] for entry in ruleset if "rule" in entry]


def read_nft(rules: list[Any]) -> tuple[set[Line], list[str]]:
    """Returns what the rules accept, written out, and the comments of what they drop."""
    accepted: set[Line] = set()
    dropped = []
    for rule in rules:
        found: dict[str, Any] = {}
        for part in rule["expr"]:
            if "match" in part:
                found[_nft_key(part["match"]["left"])] = part["match"]["right"]
            else:
                found |= part
        if "drop" in found:
            dropped.append(rule.get("comment", "invalid"))
        elif "comment" in rule:
            accepted |= set(_nft_lines(found, rule["comment"]))
    return accepted, dropped


def _nft_key(left: Any) -> str:
    if "&" in left:
        return "flags"
    kind = next(iter(left))
    return f"{left[kind].get('protocol', kind)} {left[kind].get('field', left[kind].get('key'))}"


def _nft_lines(found: dict[str, Any], comment: str) -> Iterator[Line]:
    protocol = "tcp" if "tcp dport" in found else "udp"
    v6 = any(key.startswith("ip6 ") for key in found) or found.get("meta nfproto") == "ipv6"
    family = "ip6" if v6 else "ip"
    state = "new" if "ct state" in found else "established" if "flags" in found else "any"
    for source in _nft_networks(found.get(f"{family} saddr"), EVERY[6 if v6 else 4]):
        for destination in _nft_networks(found.get(f"{family} daddr"), EVERY[6 if v6 else 4]):
            yield Line(
                found.get("meta iifname", ""), found.get("meta oifname", ""), source, destination, protocol,
                _nft_span(found.get(f"{protocol} sport")), _nft_span(found[f"{protocol} dport"]), state,
                comment.split(maxsplit=1)[0],
            )  # fmt: skip


def _nft_networks(value: Any, every: str) -> list[str]:
    if value is None:
        return [every]
    members = value["set"] if isinstance(value, dict) and "set" in value else [value]
    return [str(network) for member in members for network in _nft_member(member)]


def _nft_member(member: Any) -> list[Any]:
    if isinstance(member, str):
        return [ip_network(member)]
    if "prefix" in member:
        return [ip_network(f"{member['prefix']['addr']}/{member['prefix']['len']}")]
    return list(summarize_address_range(*map(ip_address, member["range"])))


def _nft_span(value: Any) -> tuple[int, int]:
    if value is None:
        return ANY_PORTS
    return tuple(value["range"]) if isinstance(value, dict) else (value, value)


def loaded_by_iptables(v4: str, v6: str) -> str:
    """Load both families twice beside another chain, and give what the kernel holds."""
    script = """
    cat > /dev/shm/$$.all
    sed '/^=====$/,$d' /dev/shm/$$.all > /dev/shm/$$.4
    sed '1,/^=====$/d' /dev/shm/$$.all > /dev/shm/$$.6
    for family in 4 6; do
        program=iptables; [ $family = 4 ] || program=ip6tables
        $program -N OTHER; $program -A INPUT -j OTHER
        $program-restore --noflush --test < /dev/shm/$$.$family
        $program-restore --noflush < /dev/shm/$$.$family
        $program-save | grep -v '^#' > /dev/shm/$$.once
        $program-restore --noflush < /dev/shm/$$.$family
        $program-save | grep -v '^#' | cmp - /dev/shm/$$.once
        cat /dev/shm/$$.once
    done; rm /dev/shm/$$.*
    """
    return in_a_network_of_its_own(script, f"{v4}=====\n{v6}")


def read_iptables(saved: str, chain: str = "SAV10") -> set[Line]:
    """Returns what the chain accepts with a comment, written out; jumps into chains of single rules are followed."""
    rules: dict[tuple[int, str], list[dict[str, str]]] = {}
    family = 0
    for line in saved.splitlines():
        family = {0: 4, 4: 6}[family] if line == "*filter" else family
        if line.startswith("-A "):
            words = shlex.split(line)
            rules.setdefault((family, words[1]), []).append(_options(words[2:]))
    found = set()
    for family in (4, 6):
        for rule in rules.get((family, chain), []):
            if "comment" not in rule or rule["j"] == "DROP":
                continue
            ends = [rule] if rule["j"] == "ACCEPT" else rules[family, rule["j"]]
            assert all(end["j"] == "ACCEPT" for end in ends)
            found |= {_iptables_line(rule | end | {"comment": rule["comment"]}, family) for end in ends}
    return found


def _options(words: list[str]) -> dict[str, str]:
    """Read options and their values; the options of a list of matches."""
    found: dict[str, str] = {}
    inverted = False
    for number, word in enumerate(words):
        if word == "!":
            inverted = True
        elif word.startswith("-"):
            name = word.lstrip("-")
            value = " ".join(_values(words[number + 1 :]))
            if name != "m":
                found[f"!{name}" if inverted else name] = value
            inverted = False
    return found


def _values(words: list[str]) -> Iterator[str]:
    for word in words:
        if word == "!" or re.match(r"--?[a-z]", word):
            return
        yield word


def _iptables_line(rule: dict[str, str], family: int) -> Line:
    known = {"s", "d", "i", "o", "p", "sport", "dport", "ctstate", "comment", "j", "!tcp-flags"}
    assert set(rule) <= known, rule
    state = "established" if "!tcp-flags" in rule else {"NEW": "new"}[rule["ctstate"]] if "ctstate" in rule else "any"
    return Line(
        rule.get("i", ""), rule.get("o", ""), rule.get("s", EVERY[family]), rule.get("d", EVERY[family]), rule["p"],
        _iptables_span(rule.get("sport", "0:65535")), _iptables_span(rule["dport"]), state, rule["comment"].split()[0],
    )  # fmt: skip


def _iptables_span(text: str) -> tuple[int, int]:
    low, _, high = text.partition(":")
    return int(low), int(high or low)


CASES = [(name, mode, stateful) for name in PLANS for mode, stateful in (("exclusive", True), ("additive", False))]


@pytest.mark.parametrize(("name", "mode", "stateful"), CASES)
def test_the_kernel_holds_what_the_plan_permits(name: str, mode: Mode, stateful: bool) -> None:
    plan = filled(PLANS[name], mode=mode, stateful=stateful)
    rules = rules_of(plan)
    accepted, dropped = read_nft(loaded_by_nft(export(plan, "nftables")))
    assert accepted == lines_of(rules.permits)
    rest = ["SAV10 everything else" if mode == "exclusive" else "SAV10 not planned"]
    drops = [text for text in dropped if text not in ("invalid", *rest)]
    assert (drops, dropped[-1:]) == ([block.marker for block in rules.blocks], rest)
    saved = loaded_by_iptables(export(plan, "iptables"), export(plan, "ip6tables"))
    assert read_iptables(saved) == lines_of(rules.permits)


@pytest.mark.parametrize("name", ["firewalls", "dual-stack"])
def test_hosts_hold_what_the_plan_permits(name: str) -> None:
    plan = filled(PLANS[name])
    for zone, role in host_classes(plan):
        asked = {"zone": zone, "role": role}
        rules = host_rules(plan, zone, (role,))
        assert read_nft(loaded_by_nft(export(plan, "nftables-host", **asked)))[0] == lines_of(rules.inbound)
        texts = (export(plan, "iptables-host", **asked), export(plan, "ip6tables-host", **asked))
        assert read_iptables(loaded_by_iptables(*texts), "SAV10-IN") == lines_of(rules.inbound)


def test_removal_leaves_nothing_of_ours() -> None:
    plan = read_plan(sample("firewalls")).plan
    text = export(plan, "nftables") + export(plan, "nftables", remove=True)
    assert (
        in_a_network_of_its_own("cat > /dev/shm/$$; nft -f /dev/shm/$$; rm /dev/shm/$$; nft list ruleset", text) == ""
    )
    added, removed = export(plan, "iptables"), export(plan, "iptables", remove=True)
    script = "iptables-restore --noflush; iptables-save | grep -v '^#'"
    left = in_a_network_of_its_own(script, added + removed)
    assert left.splitlines() == [
        "*filter",
        ":INPUT ACCEPT [0:0]",
        ":FORWARD DROP [0:0]",
        ":OUTPUT ACCEPT [0:0]",
        "COMMIT",
    ]
