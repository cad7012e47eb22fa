"""Every format a rule base is read from, and how one is told by its text."""

from collections.abc import Callable, Mapping
from typing import get_args

import msgspec

from planner.audit.readers import cisco, iptables, nftables
from planner.audit.readers import plan_csv as ours
from planner.audit.readers.rule_base import FormatName, Ground, RuleBase, RuleBaseError


class Reading(msgspec.Struct, frozen=True):
    """One format: how it is told, how it is read."""

    looks_like: Callable[[str], bool]
    read: Callable[[str, Ground], RuleBase]


READERS: Mapping[FormatName, Reading] = {
    "csv": Reading(ours.looks_like, ours.read),
    "nft": Reading(nftables.looks_like, nftables.read),
    "iptables": Reading(iptables.looks_like, iptables.read),
    "asa": Reading(cisco.looks_like_asa, cisco.read_asa),
    "ios": Reading(cisco.looks_like_ios, cisco.read_ios),
}
"""In the order in which a text is tried."""

FORMATS: tuple[FormatName, ...] = get_args(FormatName)


def read_rules(text: str, format_name: FormatName | None, ground: Ground) -> RuleBase:
    """Read a rule base; without a name its format is told by the text.

    Raises:
        RuleBaseError: it is none that is known, or cannot be read.
    """
    text = text.removeprefix("\ufeff")
    if format_name is None:
        format_name = next((name for name, reading in READERS.items() if reading.looks_like(text)), None)
    if format_name is None:
        raise RuleBaseError(
            "no rule base that is known; accepted: the CSV of sav-planner, iptables-save, 'nft -j list ruleset', "
            "a configuration of Cisco IOS or ASA"
        )
    return READERS[format_name].read(text, ground)
