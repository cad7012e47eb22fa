"""PowerShell for Windows 8, Server 2012 and later: New-NetFirewallRule, each rule replaced by name, one group."""

from collections.abc import Iterable

from planner.exports.firewall.job import HostJob
from planner.exports.firewall.windows import GROUP, WindowsRule, come, gone, notes, windows_rules

_WORDS = {"in": "Inbound", "out": "Outbound", "allow": "Allow", "block": "Block", "any": "Any"}
_START = "$ErrorActionPreference = 'Stop'"

__all__ = ["delta", "notes", "remove_host", "write"]


def write(job: HostJob) -> list[str]:
    """Replace each rule by its name, then take out those of the group that the plan no longer has."""
    rules = windows_rules(job.rules)
    planned = ", ".join(_quoted(rule.name) for rule in rules)
    return [
        _START,
        *_replaced(rules),
        f"$planned = @({planned})",
        f"Get-NetFirewallRule -Group {_quoted(GROUP)} -ErrorAction SilentlyContinue | "
        "Where-Object { $planned -notcontains $_.Name } | Remove-NetFirewallRule",
    ]


def delta(job: HostJob) -> list[str]:
    """Take out what is gone since the older revision, and replace what is new or different."""
    if job.old is None:
        return write(job)
    removed = [_removed(name) for name in gone(job.old, job.rules)]
    return [_START, *removed, *_replaced(come(job.old, job.rules))]


def remove_host(_job: HostJob) -> list[str]:
    """Take out the whole group."""
    return [_START, f"Remove-NetFirewallRule -Group {_quoted(GROUP)} -ErrorAction SilentlyContinue"]


def _replaced(rules: Iterable[WindowsRule]) -> list[str]:
    return [line for rule in rules for line in (_removed(rule.name), _new(rule))]


def _removed(name: str) -> str:
    return f"Remove-NetFirewallRule -Name {_quoted(name)} -ErrorAction SilentlyContinue"


def _new(rule: WindowsRule) -> str:
    profile = _list(tuple(word.capitalize() for word in rule.profile.split(",")))
    parts = [
        f"New-NetFirewallRule -Name {_quoted(rule.name)} -DisplayName {_quoted(rule.text)} -Group {_quoted(GROUP)}",
        f"-Direction {_WORDS[rule.direction]} -Action {_WORDS[rule.action]} -Profile {profile}",
        f"-Protocol {rule.protocol} -LocalPort {_quoted(rule.local_ports)} -RemotePort {_quoted(rule.remote_ports)}",
        f"-LocalAddress {_list(rule.local)} -RemoteAddress {_list(rule.remote)} | Out-Null",
    ]
    return " ".join(parts)


def _list(addresses: tuple[str, ...]) -> str:
    return f"@({', '.join(map(_quoted, addresses or ('Any',)))})"


def _quoted(text: str) -> str:
    """Write a text between single quotes; it holds none, as names and remarks are reduced to harmless signs."""
    return f"'{text}'"
