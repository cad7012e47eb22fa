"""Which flows, legs and denies the catalogue holds, and what runs under which answers."""

from typing import Any

import pytest

from planner.catalogue.answers import Answers
from planner.catalogue.loader import load_catalogue

Data = dict[str, Any]

# id: class, phase, legs as "opener > listener protocol/port source (? where not stated)"
FLOWS: dict[str, tuple[str, str, set[str]]] = {
    "console-manages-server": ("required", "run", {"console > server tcp/2967 1024-4999"}),
    "console-acts-on-client": (
        "required",
        "run",
        {"console > client tcp/2967 1024-4999", "console > roaming-client tcp/2967 1024-4999"},
    ),
    "server-to-server": ("required", "run", {"server > other server tcp/2967 1024-4999"}),
    "client-checks-in": ("required", "run", {"client > its server tcp/2967 1024-5000"}),
    "roaming-client-checks-in": ("required", "run", {"roaming-client > its server tcp/2967 1024-5000?"}),
    "server-pushes-to-client": ("required", "run", {"server > its client tcp/2967 1024-4999"}),
    "server-pushes-to-roaming-client": ("inferred", "run", {"server > its roaming-client tcp/2967 1024-4999"}),
    "server-to-console-agent": ("inferred", "run", {"server > console tcp/2967 1024-4999"}),
    "console-manages-netware": ("required", "run", {"console > netware tcp/2968 1024-4999"}),
    "server-to-netware": ("required", "run", {"server > netware tcp/2968 1024-4999"}),
    "netware-to-server": ("inferred", "run", {"netware > server tcp/2967 1024-65535?"}),
    "netware-to-netware": ("inferred", "run", {"netware > other netware tcp/2968 1024-65535?"}),
    "client-checks-in-netware": ("inferred", "run", {"client > its netware tcp/2968 1024-5000"}),
    "netware-pushes-to-client": ("inferred", "run", {"netware > its client tcp/2967 1024-65535?"}),
    "console-discovers-server": ("required", "run", {"console > server udp/38293 1024-4999"}),
    "server-discovers-server": ("required", "run", {"server > other server udp/38293 any"}),
    "discovery-of-netware": (
        "optional",
        "run",
        {"console > netware udp/38293 1024-4999", "server > netware udp/38293 any"},
    ),
    "install-client": (
        "required",
        "rollout",
        {
            "console > client tcp/139 1024-4999",
            "console > roaming-client tcp/139 1024-4999",
            "console > legacy-client tcp/139 1024-4999",
        },
    ),
    "client-fetches-install": (
        "inferred",
        "rollout",
        {
            "client > its server tcp/139 1024-5000",
            "roaming-client > its server tcp/139 1024-5000",
            "legacy-client > its server tcp/139 1024-5000",
        },
    ),
    "server-installs-client": (
        "optional",
        "rollout",
        {
            "server > its client tcp/139 1024-5000?",
            "server > its roaming-client tcp/139 1024-5000?",
            "server > its legacy-client tcp/139 1024-5000?",
        },
    ),
    "install-server": (
        "inferred",
        "rollout",
        {"console > server tcp/139 1024-4999?", "server > other server tcp/139 1024-4999?"},
    ),
    "server-fetches-install": ("inferred", "rollout", {"server > other server tcp/139 1024-5000"}),
    "legacy-client-to-server": ("required", "run", {"legacy-client > its server udp/2967 any"}),
    "server-to-legacy-client": ("required", "run", {"server > its legacy-client udp/2967 any"}),
    "legacy-client-to-netware": ("inferred", "run", {"legacy-client > its netware udp/2968 any?"}),
    "netware-to-legacy-client": ("inferred", "run", {"netware > its legacy-client udp/2967 any?"}),
    "quarantine-to-dis-http": ("required", "run", {"quarantine > internet tcp/2847 1024-5000?"}),
    "quarantine-to-dis-https": ("required", "run", {"quarantine > internet tcp/2848 1024-5000?"}),
    "forward-to-quarantine": (
        "optional",
        "run",
        {
            "client > quarantine tcp/None 1024-5000?",
            "roaming-client > quarantine tcp/None 1024-5000?",
            "server > quarantine tcp/None 1024-5000?",
        },
    ),
    "ams-messages": ("inferred", "run", {"answer:ams_hosts > other answer:ams_hosts udp/38037 any?"}),
    "ams-alerts": ("inferred", "run", {"answer:ams_hosts > other answer:ams_hosts tcp/38292 1024-5000?"}),
    "smb-helpers": (
        "optional",
        "rollout",
        {
            f"{ends} {service}"
            for ends in (
                "console > client",
                "console > roaming-client",
                "console > legacy-client",
                "client > its server",
                "roaming-client > its server",
                "legacy-client > its server",
                "server > its client",
                "server > its roaming-client",
                "server > its legacy-client",
                "console > server",
                "server > other server",
            )
            for service in ("tcp/445 any?", "udp/137 any?", "udp/138 any?")
        },
    ),
    "tcp-38293-as-printed": (
        "optional",
        "rollout",
        {"console > server tcp/38293 any", "server > other server tcp/38293 any"},
    ),
    "outside-in": ("never", "run", set()),
    "intel-file-transfer": ("never", "run", set()),
    "mobile-off-network": ("never", "run", set()),
}

# What begins to run (no zone considered) when these answers are given instead of the defaults.
EVERY_DAY = {
    "console-manages-server",
    "console-acts-on-client",
    "client-checks-in",
    "server-pushes-to-client",
    "server-to-console-agent",
    "console-discovers-server",
}
RUNNING: list[tuple[Data, set[str], set[str]]] = [
    ({}, set(), set()),
    ({"servers": 2}, {"server-to-server", "server-discovers-server"}, set()),
    ({"clients": False}, set(), {"console-acts-on-client", "client-checks-in", "server-pushes-to-client"}),
    (
        {"clients": False, "roaming_clients": True},
        {"roaming-client-checks-in", "server-pushes-to-roaming-client"},
        {"client-checks-in", "server-pushes-to-client"},
    ),
    ({"roaming_clients": True, "roaming_push": False}, {"roaming-client-checks-in"}, set()),
    ({"roaming_push": False, "install_from": ("server",)}, set(), set()),
    ({"console_agent": False}, set(), {"server-to-console-agent"}),
    ({"netware_servers": 1}, {"console-manages-netware", "server-to-netware", "netware-to-server"}, set()),
    (
        {"netware_servers": 2, "netware_parents": True},
        {
            "console-manages-netware",
            "server-to-netware",
            "netware-to-server",
            "netware-to-netware",
            "client-checks-in-netware",
            "netware-pushes-to-client",
        },
        set(),
    ),
    ({"netware_parents": True, "options": ("discovery-of-netware",)}, set(), set()),
    (
        {"netware_servers": 1, "options": ("discovery-of-netware",)},
        {"console-manages-netware", "server-to-netware", "netware-to-server", "discovery-of-netware"},
        set(),
    ),
    ({"legacy_clients": True}, {"legacy-client-to-server", "server-to-legacy-client"}, set()),
    ({"central_quarantine": True}, {"quarantine-to-dis-http", "quarantine-to-dis-https"}, set()),
    ({"quarantine_port": 33}, set(), set()),
    (
        {"central_quarantine": True, "quarantine_port": 33},
        {"quarantine-to-dis-http", "quarantine-to-dis-https", "forward-to-quarantine"},
        set(),
    ),
    ({"ams_alerting": True}, {"ams-messages", "ams-alerts"}, set()),
    ({"rollout": ("clients",)}, {"install-client", "client-fetches-install"}, set()),
    (
        {"rollout": ("clients",), "install_from": ("server",)},
        {"client-fetches-install", "server-installs-client"},
        set(),
    ),
    ({"rollout": ("legacy-clients",)}, set(), set()),
    (
        {"rollout": ("legacy-clients",), "legacy_clients": True},
        {"install-client", "client-fetches-install", "legacy-client-to-server", "server-to-legacy-client"},
        set(),
    ),
    ({"rollout": ("servers",)}, {"install-server"}, set()),
    ({"rollout": ("servers",), "install_from": ("server",)}, set(), set()),
    ({"options": ("smb-helpers", "tcp-38293-as-printed")}, set(), set()),
    (
        {"rollout": ("servers",), "options": ("smb-helpers", "tcp-38293-as-printed")},
        {"install-server", "smb-helpers", "tcp-38293-as-printed"},
        set(),
    ),
]


def test_the_flows_are_these() -> None:
    assert set(load_catalogue().flows) == set(FLOWS)


@pytest.mark.parametrize("id_", FLOWS)
def test_flow(id_: str) -> None:
    catalogue = load_catalogue()
    flow = catalogue.flows[id_]
    between = {"all": "", "others": "other ", "parents": "its "}
    legs = {
        f"{from_} > {between[leg.between]}{to} {service.protocol}/{service.port} "
        f"{leg.source}{'' if leg.stated else '?'}"
        for leg in catalogue.legs_of(flow)
        for from_ in leg.from_
        for to in leg.to
        for service in map(catalogue.services.__getitem__, leg.services)
    }
    assert (flow.class_, flow.phase, legs) == FLOWS[id_]


@pytest.mark.parametrize(
    ("given", "more", "less"),
    RUNNING,
    ids=lambda given: str(given if isinstance(given, dict) else sorted(given)) if given else "-",
)
def test_what_runs_under_which_answers(given: Data, more: set[str], less: set[str]) -> None:
    catalogue, answers = load_catalogue(), Answers(**given)
    running = {
        flow.id
        for flow in catalogue.flows.values()
        for leg in catalogue.legs_of(flow)
        if all(condition.holds(answers) for condition in leg.when)
    }
    assert running == EVERY_DAY - less | more


def test_every_leg_names_an_answer() -> None:
    catalogue = load_catalogue()
    assert [flow.id for flow in catalogue.flows.values() for leg in catalogue.legs_of(flow) if not leg.when] == []


def test_run_flows_come_first_and_never_flows_last() -> None:
    kinds = [flow.class_ if flow.class_ == "never" else flow.phase for flow in load_catalogue().flows.values()]
    assert kinds == sorted(kinds, key=["run", "rollout", "never"].index)


def test_rollout_and_legacy_flows_may_end() -> None:
    for flow in load_catalogue().flows.values():
        legacy = all("legacy-client" in (*leg.from_, *leg.to) for leg in flow.legs) and flow.legs
        assert flow.until == ("rollout_until" if flow.phase == "rollout" else "legacy_until" if legacy else ""), flow.id


def test_what_is_inferred_says_how() -> None:
    for flow in load_catalogue().flows.values():
        assert bool(flow.worked_out) == (flow.class_ == "inferred"), flow.id


def test_the_denies_are_these() -> None:
    denies = {flow.id: flow.deny for flow in load_catalogue().flows.values() if flow.deny}
    assert {id_: (deny.from_, deny.to, deny.services, deny.where) for id_, deny in denies.items()} == {
        "outside-in": ("internet", (), (), "boundary"),
        "intel-file-transfer": ("any", ("answer:ams_hosts",), ("intel-file-transfer",), "boundary"),
        "mobile-off-network": ("internet", ("client", "roaming-client", "legacy-client"), (), "host"),
    }
