"""Rule bases for the tests of the audit: exports of a plan as each firewall gives them back, without a firewall."""

import subprocess
from typing import NamedTuple

import pytest

from planner.audit.audit import Audit, audit
from planner.audit.readers.rule_base import RuleFormat
from planner.audit.run import RuleText, read_bases
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.registry import FORMATS
from planner.exports.registry import render
from planner.plan.plan import Plan


class Exported(NamedTuple):
    """A plan, and what a firewall that holds it would print."""

    plan: Plan
    texts: tuple[str, ...]
    format: RuleFormat


def in_kernel(script: str, text: str) -> str:
    """Run a script in a fresh network, with this text as input; skip where the kernel does not allow it."""
    command = ["unshare", "-rn", "sh", "-ec", script]
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs unshare")
    if "not found" in done.stderr or "Operation not permitted" in done.stderr:
        pytest.skip(f"needs nft, iptables and network namespaces: {done.stderr.strip()[:80]}")
    assert done.returncode == 0, done.stderr[:2000]
    return done.stdout


_NFT = "cat > /dev/shm/$$; nft -f /dev/shm/$$; rm /dev/shm/$$; nft -j list ruleset"
_IPTABLES = "{0}-restore --noflush; {0} -C FORWARD -j SAV10 2>/dev/null || {0} -I FORWARD -j SAV10; {0}-save"


def exported(plan: Plan, kind: str) -> Exported:
    """Export a plan with one device and have it given back: ``csv``, ``iptables``, ``nft`` or a Cisco format."""
    if kind == "csv":
        return Exported(plan, (render(plan, "csv", view="rules"),), "csv")
    if kind == "nft":
        return Exported(plan, (in_kernel(_NFT, _text(plan, "nftables")),), "nft")
    if kind == "iptables":
        programs = ("iptables", "ip6tables")
        saved = tuple(in_kernel(_IPTABLES.format(program), _text(plan, program)) for program in programs)
        return Exported(plan, saved, "iptables")
    pytest.importorskip("aerleon", reason="needs the extra 'vendors'")
    return Exported(plan, (_text(plan, kind),), "asa" if kind == "cisco-asa" else "ios")


def _text(plan: Plan, name: str) -> str:
    return write_rules(plan, FORMATS[name], ExportRequest(device=plan.topology.devices[0].name)).text


def held(plan: Plan, *texts: str, format_name: RuleFormat | None = None) -> Audit:
    """Hold texts against a plan with at most one device."""
    base = read_bases(plan, [RuleText(f"rules {number}", text) for number, text in enumerate(texts)], format_name)
    return audit(plan, base)
