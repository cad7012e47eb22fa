"""Editing without fear: what undo takes back stands there in words, zones are duplicated, lists are pasted whole."""

import pytest

from planner.plan.addresses import read_hosts, read_networks
from planner.plan.topology import BadEntriesError, Zone
from tests.estates import estate
from tests.screens import Stage, play

UNDONE = [
    ("3 enter", "u undo Windows servers: 1 to…", "Undone: Windows servers: 1 to 3"),
    ('g 5 a "branch" enter escape', "u undo Name: zone to branch", "Undone: Name: zone to branch"),
    ("g 5 down D escape escape", "u undo duplicate zone servers", "Undone: duplicate zone servers"),
    ("g 5 down x down", "u undo remove zone servers", "Undone: remove zone servers"),
    ('g 7 down enter "CHG1" enter', "u undo Ticket: - to CHG1", "Undone: Ticket: - to CHG1"),
    ("g 4 k", "u undo confirm Ports", "Undone: confirm Ports"),
    ('g 6 k "A. Novak" enter', "u undo decide everything as …", "Undone: decide everything as it stands"),
]


@pytest.mark.parametrize(("keys", "footer", "undone"), UNDONE, ids=[keys for keys, _, _ in UNDONE])
def test_what_undo_takes_back_stands_in_the_key_bar(keys: str, footer: str, undone: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(keys)
        assert footer in stage.bottom
        await stage.press("u")
        assert stage.bottom == undone
        await stage.press("ctrl+r u down")
        assert footer not in stage.bottom

    play(body, size=(120, 40))


@pytest.mark.parametrize("keys", ["2", "space backspace 2"])
def test_the_first_digit_typed_already_says_what_it_would_do(keys: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(keys)
        assert "+2 rules, opens TCP 2967 and UDP 38293 inside servers" in "\n".join(stage.rows[-3:])

    play(body)


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_undo_has_its_place_in_the_key_bar_at_every_width(width: int) -> None:
    async def body(stage: Stage) -> None:
        for keys in ("3 enter", "g 5 down x down", 'g 7 enter "A title of some length" enter'):
            await stage.press(keys)
            assert " u undo " in stage.rows[-1]
            assert len(stage.rows[-1]) <= width

    play(body, size=(width, 24))


def test_a_duplicate_has_everything_but_the_addresses_and_asks_for_its_name() -> None:
    branch = Zone(
        name="branch-7", roles=("client",), parents=("hq",), nat=True, note="by train",
        networks=("10.7.0.0/16",), hosts={"client": ("10.7.0.9",)},
    )  # fmt: skip

    async def body(stage: Stage) -> None:
        await stage.press("g 5 down D")
        assert "networks and hosts are its own" in stage.bottom
        await stage.press("enter")
        made = stage.plan.topology.zones[2]
        assert made == Zone(name="branch", roles=("client",), parents=("hq",), nat=True, note="by train")
        await stage.press('D ctrl+u "branch-8" enter')
        assert [zone.name for zone in stage.plan.topology.zones] == ["hq", "branch-7", "branch", "branch-8", "out"]
        await stage.press("u u")
        assert [zone.name for zone in stage.plan.topology.zones] == ["hq", "branch-7", "branch", "out"]

    play(body, estate("hq: server", branch, "out: internet"))


def test_the_outside_has_no_second() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("g 5 end up D")
        assert "the outside has no second" in stage.text
        await stage.press("down D")
        assert stage.bottom == "Zones are duplicated in step 5, Zones, with the cursor on one."
        await stage.press("x")
        assert stage.bottom == "Zones are removed in step 5, Zones, with the cursor on one."
        await stage.press("g 1 D")
        assert stage.bottom == "Zones are duplicated in step 5, Zones, with the cursor on one."

    play(body)


PASTED = "10.20.0.0/24\r\n10.21.0.0/33\n\n 10.22.0.1-10.22.0.2 ,\n2001:db8::/64; 10.20.0.0/24\n"


def test_every_line_of_a_pasted_list_is_kept_and_each_bad_one_pointed_out() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("g 5 enter")
        while stage.main.questions.field and stage.main.questions.field.id != "networks":
            await stage.press("down")
        await stage.press("enter")
        await stage.paste(PASTED)
        line = "10.20.0.0/24, 10.21.0.0/33, 10.22.0.1-10.22.0.2, 2001:db8::/64; 10.20.0.0/24"
        assert stage.main._line.text == line
        assert "not understood of 5: '10.21.0.0/33' (entry 2)" in stage.text
        await stage.press("enter")
        assert stage.main._line.text == line
        await stage.paste("10.21.0.0/16")
        assert "not understood" not in stage.text
        await stage.press("enter")
        zone = stage.plan.topology.zones[0]
        assert zone.networks == ("10.20.0.0/24", "10.21.0.0/16", "10.22.0.1/32", "10.22.0.2/32", "2001:db8::/64")

    play(body)


@pytest.mark.parametrize(
    ("text", "said", "spot"),
    [
        ("10.0.0.0/8 x", "not understood of 2: 'x' (entry 2)", "x"),
        ("a,b;c\nd e 10.0.0.1", "not understood of 6: 'a' (entry 1), 'b' (entry 2), 'c' (entry 3) and 2 more", "a"),
        ("10.0.0.1,fe80::1%eth0", "not understood of 2: 'fe80::1%eth0' (entry 2)", "fe80::1%eth0"),
        ("10.0.0.9-10.0.0.1", "not understood of 1: '10.0.0.9-10.0.0.1' (entry 1)", "10.0.0.9-10.0.0.1"),
    ],
)
def test_bad_entries_are_named_by_text_and_place(text: str, said: str, spot: str) -> None:
    for read in (read_networks, read_hosts):
        if read is read_hosts and "/8" in text:
            continue
        with pytest.raises(BadEntriesError) as refused:
            read(text)
        assert str(refused.value).startswith(said)
        assert text[refused.value.start : refused.value.end] == spot


IMPACTS = [
    ("", "if changed  one more: +2 rules"),
    ("", "if changed  one less: -5 rules"),
    ("down down", "if changed  to no: -3 rules"),
    ("g 5 down", "if removed  x: -"),
    ("g 6 down", "if changed  to "),
]


@pytest.mark.parametrize(("keys", "said"), IMPACTS)
def test_an_impact_is_seen_before_it_is_taken(keys: str, said: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(keys)
        assert said in stage.explained

    play(body)


def test_each_question_names_its_place_in_the_document() -> None:
    async def body(stage: Stage) -> None:
        for step in range(1, 5):
            await stage.press(f"g {step}")
            for _ in stage.main.questions.fields:
                assert "\ndocument " in stage.explained, stage.explained
                await stage.press("down")

    play(body, estate(servers=2, netware_servers=1, central_quarantine=True, ams_alerting=True, legacy_clients=True,
                      rollout=("clients", "servers")))  # fmt: skip


def test_every_field_of_a_zone_says_what_it_means_on_the_network() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("g 5 enter")
        asked = [(field.kind, [line.label for line in field.about]) for field in stage.main.questions.fields]
        assert all(labels[:2] == ["asks", "opens"] for _, labels in asked)
        assert all("document" in labels for (kind, labels) in asked[1:8])
        await stage.press("down down")
        assert "opens       A host of this kind listens on TCP 4000, UDP 38293, UDP 2967, TCP 139" in stage.explained

    play(body, estate("hq: console", "dc: server", servers=2, rtvscan_port=4000), size=(120, 40))
