"""The audit: each of our own exports is exact; with a rule removed, added or widened it says which."""

import re
from collections.abc import Callable, Iterator

import msgspec
import pytest

from planner.audit.audit import Audit
from planner.exports.registry import write_report
from planner.exports.report.audit import audit_report
from planner.plan.plan import Plan
from planner.plan.topology import Zone
from planner.storage.plan_files import read_plan
from tests.command_line import SAMPLES
from tests.estates import estate
from tests.firewalls import Mode, filled
from tests.rulebases import exported, held

PLANS = {path.stem: read_plan(str(path)).plan for path in SAMPLES}
LINUX = ("nft", "iptables")
CISCO = ("cisco-ios", "cisco-nxos", "cisco-asa")


def ipv4_alone(plan: Plan) -> Plan:
    """Plan without its IPv6 addresses, which the export for ASA does not hold."""
    zones = tuple(
        msgspec.structs.replace(
            zone,
            networks=tuple(text for text in zone.networks if ":" not in text),
            hosts={role: tuple(text for text in hosts if ":" not in text) for role, hosts in zone.hosts.items()},
        )
        for zone in plan.topology.zones
    )
    return msgspec.structs.replace(plan, topology=msgspec.structs.replace(plan.topology, zones=zones))


def plan_for(name: str, kind: str, mode: Mode, *, stateful: bool) -> Plan:
    if kind in CISCO:
        plan = filled(PLANS[name], kind, mode=mode)  # type: ignore[arg-type]
        return ipv4_alone(plan) if kind == "cisco-asa" else plan
    return filled(PLANS[name], mode=mode, stateful=stateful)


CASES: list[tuple[str, str, Mode, bool]] = [
    *((name, kind, "exclusive", True) for name in PLANS for kind in ("csv", *LINUX, *CISCO)),
    *((name, kind, "additive", True) for name in ("firewalls", "stateless") for kind in LINUX),
    *((name, kind, "additive", False) for name in ("firewalls", "stateless") for kind in LINUX),
    *((name, kind, "exclusive", False) for name in ("firewalls", "netware-and-legacy") for kind in LINUX),
    *((name, kind, "additive", False) for name in ("firewalls", "everything-on") for kind in CISCO[:2]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "mode", "stateful"), CASES)
def test_each_of_our_own_exports_is_exact(name: str, kind: str, mode: Mode, stateful: bool) -> None:
    made = exported(plan_for(name, kind, mode, stateful=stateful), kind)
    found = held(made.plan, *made.texts)
    assert found.base.format == made.format
    assert found.base.not_understood == ()
    assert [(v.rule.marker, v.status) for v in found.planned if v.status != "open"] == []
    assert [(found.base.rules[v.rule].text, v.status) for v in found.rules if v.status != "exact"] == []
    assert found.same


Mutation = Callable[[str], str]
"""Changes one line, or gives it back as it was where it does not apply."""


def _replace(pattern: str, by: str) -> Mutation:
    return lambda line: re.sub(pattern, by, line, count=1)


WIDER: dict[str, dict[str, Mutation]] = {
    "csv": {
        "port": _replace(r'"(TCP|UDP) 2967"', r'"\1 2967-2968"'),
        "source ports": _replace('"1024-65535"', '"1023-65535"'),
    },
    "iptables": {
        "port": _replace(r"--dport 2967 ", "--dport 2967:2968 "),
        "port below": _replace(r"--dport 139 ", "--dport 138:139 "),
        "source ports": _replace(r"--sport 1024:", "--sport 1023:"),
        "protocol": _replace(r"-p (tcp|udp) -m \1 --sport \S+ --dport \S+ ", ""),
        "address": _replace(r"-s (\d+\.\d+\.\d+\.\d+)/(32|24) ", r"-s \1/22 "),
    },
    "cisco-ios": {
        "port": _replace(r" eq 2967", " range 2967 2968"),
        "source ports": _replace(r"range 1024 ", "range 1023 "),
        "state": _replace(r" established", ""),
        "address": _replace(r"permit (tcp|udp) host \S+", r"permit \1 any"),
    },
    "cisco-asa": {
        "port": _replace(r" eq 2967", " gt 2966"),
        "source ports": _replace(r"range 1024 ", "range 1000 "),
        "address": _replace(r" host \d\S+ eq", " any eq"),
    },
}  # fmt: skip

RULE = {
    "csv": r'^"(host_)?rules","SAV',
    "iptables": r"^-A SAV10 .*SAV-R.*ACCEPT",
    "cisco-ios": r"^ permit (tcp|udp) (?!any any)",
}
RULE["cisco-asa"] = r"^access-list \S+ extended permit (tcp|udp)"


def rule_lines(text: str, kind: str) -> Iterator[int]:
    for number, line in enumerate(text.splitlines(keepends=True)):
        if re.search(RULE[kind], line):
            yield number


def changed(text: str, number: int, line: str) -> str:
    lines = text.splitlines(keepends=True)
    lines[number] = line
    return "".join(lines)


@pytest.fixture(scope="module")
def made() -> dict[str, tuple[Plan, tuple[str, ...]]]:
    """Exports to change, one of each kind that is text."""
    found = {}
    for kind in WIDER:
        plan = plan_for("settled", kind, "exclusive", stateful=True)
        found[kind] = exported(plan, kind)[:2]
    return found


@pytest.mark.parametrize("kind", WIDER)
def test_a_rule_that_is_removed_is_missing(kind: str, made: dict[str, tuple[Plan, tuple[str, ...]]]) -> None:
    plan, texts = made[kind]
    lines = texts[0].splitlines(keepends=True)
    numbers = list(rule_lines(texts[0], kind))
    assert len(numbers) > 20
    for number in numbers[::2]:
        found = held(plan, changed(texts[0], number, ""), *texts[1:])
        lost = [verdict for verdict in found.planned if verdict.status != "open"]
        assert not found.same
        assert len(lost) == 1, lines[number]
        if kind in ("csv", "iptables"):
            assert lost[0].rule.marker in lines[number]
        assert all(verdict.status == "exact" for verdict in found.rules)


@pytest.mark.parametrize(("kind", "how"), [(kind, how) for kind, ways in WIDER.items() for how in ways])
def test_a_rule_that_is_widened_is_named_with_what_it_opens(
    kind: str, how: str, made: dict[str, tuple[Plan, tuple[str, ...]]]
) -> None:
    plan, texts = made[kind]
    lines = texts[0].splitlines(keepends=True)
    wider = [(number, WIDER[kind][how](lines[number])) for number in rule_lines(texts[0], kind)]
    wider = [(number, line) for number, line in wider if line != lines[number]][::3]
    assert wider
    for number, line in wider:
        found = held(plan, changed(texts[0], number, line), *texts[1:])
        wide = {found.base.rules[v.rule].line for v in found.rules if v.status in ("too wide", "surplus")}
        assert wide == {number + 1}, line
        assert all(verdict.status == "open" for verdict in found.planned)


ADDED = {
    "csv": '"rules","SAV-RXXXXXXXXXX","run","offices","administration","TCP 2967","1024-4999","new","","","",""\r\n',
    "iptables": "-A SAV10 -s 10.99.0.0/16 -p tcp -m tcp --dport 2967 -j ACCEPT\n",
    "cisco-ios": " permit udp any any eq 38293\n",
    "cisco-asa": "access-list {0} extended permit udp any any eq 38293\n",
}


@pytest.mark.parametrize("kind", WIDER)
def test_a_rule_that_is_added_is_surplus_or_too_wide(kind: str, made: dict[str, tuple[Plan, tuple[str, ...]]]) -> None:
    plan, texts = made[kind]
    number = next(iter(rule_lines(texts[0], kind)))
    before = texts[0].splitlines(keepends=True)[number]
    added = ADDED[kind].format(before.split()[1]) if kind == "cisco-asa" else ADDED[kind]
    found = held(plan, changed(texts[0], number, added + before), *texts[1:])
    named = {found.base.rules[v.rule].line: v.status for v in found.rules if v.status != "exact"}
    assert named[number + 1] in ("surplus", "too wide")
    assert not found.same


@pytest.mark.parametrize("kind", ["iptables", "cisco-ios", "cisco-asa"])
def test_a_rule_said_twice_is_shadowed_by_the_first(kind: str, made: dict[str, tuple[Plan, tuple[str, ...]]]) -> None:
    plan, texts = made[kind]
    number = next(iter(rule_lines(texts[0], kind)))
    line = texts[0].splitlines(keepends=True)[number]
    found = held(plan, changed(texts[0], number, line + line), *texts[1:])
    shadowed = [verdict for verdict in found.rules if verdict.status == "shadowed"]
    assert [found.base.rules[verdict.rule].line for verdict in shadowed] == [number + 2]
    assert [found.base.rules[rule].line for rule in shadowed[0].behind] == [number + 1]


HEAD = "*filter\n:FORWARD {} [0:0]\n"
TWO = estate(
    Zone(name="clients", roles=("client",), networks=("10.1.0.0/24",)),
    Zone(name="servers", roles=("server",), networks=("10.2.0.0/24",)),
    clients=True,
)
ANSWERS = "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
CHECK_IN = "-A FORWARD -s 10.1.0.0/24 -d 10.2.0.0/24 -p tcp -m tcp --sport 1024:5000 --dport 2967 -j ACCEPT\n"
PUSH = "-A FORWARD -s 10.2.0.0/24 -d 10.1.0.0/24 -p tcp -m tcp --sport 1024:4999 --dport 2967 -j ACCEPT\n"
HALF = CHECK_IN.replace("10.1.0.0/24", "10.1.0.0/25")


def words(found: Audit) -> str:
    """Write what is missing and what is too much, short enough for a table."""
    missing = [
        f"{v.rule.flows[0]}: {'answers' if v.answers_only else v.status}" for v in found.planned if v.status != "open"
    ]
    rules = [f"line {found.base.rules[v.rule].line}: {v.status}" for v in found.rules if v.status != "exact"]
    return ", ".join([*missing, *rules]) or "exact"


SITUATIONS = {
    "as planned": ("DROP", ANSWERS + CHECK_IN + PUSH, "exact"),
    "answers forgotten": ("DROP", CHECK_IN + PUSH, "client-checks-in: answers, server-pushes-to-client: answers"),
    "a drop before it": (
        "DROP", ANSWERS + "-A FORWARD -d 10.2.0.0/28 -j DROP\n" + CHECK_IN + PUSH, "client-checks-in: partly",
    ),
    "half of the sources": ("DROP", ANSWERS + HALF + PUSH, "client-checks-in: partly"),
    "two rules for one": ("DROP", ANSWERS + HALF + HALF.replace(".0/25", ".128/25", 1) + PUSH, "exact"),
    "the other way round": (
        "DROP", ANSWERS + PUSH + PUSH.replace("10.2.0.0/24 -d 10.1.0.0/24", "10.3.0.0/24 -d 10.2.0.0/24"),
        "client-checks-in: missing, line 5: surplus",
    ),
    "everything": ("DROP", "-A FORWARD -j ACCEPT\n" + CHECK_IN, "line 3: too wide, line 4: shadowed"),
    "no filter at all": ("ACCEPT", "", "line 0: surplus"),
    "left over from a rollout": (
        "DROP", ANSWERS + CHECK_IN + PUSH + CHECK_IN.replace("2967", "139"), "line 6: surplus",
    ),
    "other services": ("DROP", ANSWERS + CHECK_IN + PUSH + CHECK_IN.replace("2967", "443"), "exact"),
    "within a zone": ("DROP", ANSWERS + CHECK_IN + PUSH + CHECK_IN.replace("10.2.0", "10.1.0"), "exact"),
    "not the product's protocol": ("DROP", ANSWERS + CHECK_IN + PUSH + "-A FORWARD -p icmp -j ACCEPT\n", "exact"),
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_verdict_says_what_is_so(name: str) -> None:
    policy, rules, expected = SITUATIONS[name]
    assert words(held(TWO, HEAD.format(policy) + rules + "COMMIT\n", format_name="iptables")) == expected


def test_what_is_not_understood_keeps_the_verdict_from_being_exact() -> None:
    odd = "-A FORWARD -p tcp -m tcp --dport 2967 -m time --timestart 08:00 -j ACCEPT\n"
    found = held(TWO, HEAD.format("DROP") + ANSWERS + CHECK_IN + PUSH + odd + "COMMIT\n", format_name="iptables")
    assert words(found) == "exact"
    assert not found.same
    assert [entry.line for entry in found.doubtful] == [6]


def test_what_is_not_understood_about_another_port_does_not() -> None:
    odd = "-A FORWARD -p tcp -m tcp --dport 443 -m time --timestart 08:00 -j ACCEPT\n"
    found = held(TWO, HEAD.format("DROP") + ANSWERS + CHECK_IN + PUSH + odd + "COMMIT\n", format_name="iptables")
    assert found.same
    assert [entry.line for entry in found.base.not_understood] == [6]


def test_the_report_says_it_in_words() -> None:
    rules = ANSWERS + CHECK_IN.replace("2967", "2967:2968") + CHECK_IN.replace("10.2.0.0/24", "10.9.0.0/24")
    found = held(TWO, HEAD.format("DROP") + rules + "COMMIT\n", format_name="iptables")
    text = write_report(audit_report(TWO, found), "text", 100, False)
    assert "Different: 1 planned rule will not work as the rules are; 1 rule is surplus; 1 rule is too wide." in text
    assert "TCP 2968 from 10.1.0.0/24 to 10.2.0.0/24, source ports 1024-5000" in " ".join(text.split())
