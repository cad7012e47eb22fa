"""Devices as far as an export needs them: what a configuration holds once texts were loaded into it, one after another.

Each is small and does what its vendor's guide says of loading; the configuration is then read by the same foreign
parsers as an export.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from typing import Any

Tree = dict[str, Any]


class Cisco:
    """Access lists by the line that opens each, and which list holds at which interface and family."""

    def __init__(self) -> None:
        self.lists: dict[str, list[str]] = {}
        self.bound: dict[tuple[str, str], str] = {}

    def load(self, text: str) -> None:
        """Applies a text line by line, as if it were typed; a list that is bound cannot be removed."""
        inside = ""
        for line in text.splitlines():
            if line.startswith("!"):
                continue
            if line == "exit":
                inside = ""
            elif line.startswith("interface "):
                inside = line
            elif line.startswith(" ") and inside.startswith("interface "):
                self._bind(inside.removeprefix("interface "), line.strip())
            elif line.startswith(" "):
                self._add(inside, line)
            elif line.startswith("no "):
                self._remove(line.removeprefix("no "))
            else:
                inside = line
                assert line not in self.lists
                self.lists[line] = []

    def _add(self, inside: str, line: str) -> None:
        self.lists[inside].append(line)

    def _bind(self, side: str, words: str) -> None:
        family = "6" if "traffic-filter" in words else "4"
        name = words.split()[-2]
        if words.startswith("no "):
            assert self.bound.pop((side, family)) == name
        else:
            assert any(head.endswith(f" {name}") for head in self.lists)
            self.bound[side, family] = name

    def _remove(self, head: str) -> None:
        assert head.rsplit(maxsplit=1)[-1] not in self.bound.values()
        del self.lists[head]

    @property
    def text(self) -> str:
        """Write the configuration, so that it can be read."""
        lines = [line for head, entries in self.lists.items() for line in (head, *entries, "exit")]
        words = {"4": "ip access-group", "6": "ipv6 traffic-filter"}
        for (side, family), name in self.bound.items():
            lines += [f"interface {side}", f" {words[family]} {name} in", "exit"]
        return "\n".join([*lines, ""])


class Asa:
    """The same of an ASA, where each line names its list."""

    def __init__(self) -> None:
        self.lists: dict[str, list[str]] = {}
        self.bound: dict[str, str] = {}

    def load(self, text: str) -> None:
        """Applies a text line by line; a list that is bound cannot be removed."""
        for line in text.splitlines():
            words = line.split()
            if line.startswith("access-list "):
                self.lists.setdefault(words[1], []).append(line)
            elif line.startswith("access-group "):
                assert words[1] in self.lists
                self.bound[words[4]] = words[1]
            elif line.startswith("no access-group "):
                assert self.bound.pop(words[5]) == words[2]
            elif line.startswith("clear configure access-list "):
                assert words[3] not in self.bound.values()
                del self.lists[words[3]]
            else:
                assert line.startswith("!"), line

    @property
    def text(self) -> str:
        """Write the configuration, so that it can be read."""
        bound = [f"access-group {name} in interface {side}" for side, name in self.bound.items()]
        return "\n".join([*(line for lines in self.lists.values() for line in lines), *bound, ""])


class Junos:
    """A tree of statements; confgraph reads the text with braces, commands are followed word by word."""

    def __init__(self) -> None:
        self.tree: Tree = {}

    def load(self, text: str) -> None:
        """Load a whole text into an empty device, or commands into one that has something."""
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        if any(line.endswith("{") for line in lines):
            from confgraph.parsers.junos_hierarchy import parse_junos_config

            assert not self.tree
            self.tree = plain(parse_junos_config(re.sub(r"\breplace: ", "", text)))
            return
        for line in lines:
            word, *path = line.split()
            {"set": self._set, "delete": self._delete}[word](path)

    @property
    def held(self) -> Tree:
        """Returns the content; an empty container is nothing."""
        return without_empty(self.tree)

    def _set(self, path: list[str]) -> None:
        here = self.tree
        for word in path:
            here = here.setdefault(word, {})

    def _delete(self, path: list[str]) -> None:
        here, passed = self.tree, []
        for word in path[:-1]:
            passed.append((here, word))
            here = here[word]
        del here[path[-1]]
        for parent, word in reversed(passed):
            if not parent[word]:
                del parent[word]


CONTAINERS = {"security", "address-book", "global", "policies", "applications"}


def without_empty(tree: Tree) -> Tree:
    inner = {key: without_empty(value) for key, value in tree.items()}
    return {key: value for key, value in inner.items() if value or key not in CONTAINERS}


def plain(tree: Any) -> Tree:
    """Write a tree with single words as keys, whatever the parser joined or listed."""
    found: Tree = {}
    for key, value in tree.items():
        here = found
        for word in key.split():
            here = here.setdefault(word, {})
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                merge(here, plain(part))
            elif isinstance(part, str) and part:
                merge(here, plain({part: {}}))
    return found


def merge(into: Tree, other: Tree) -> None:
    for key, value in other.items():
        merge(into.setdefault(key, {}), value)


class PanOs:
    """Configuration XML: imported into an empty device, then changed by commands."""

    def __init__(self) -> None:
        self.root: Any = None

    def load(self, text: str) -> None:
        """Import a whole text, or follow commands."""
        if text.startswith("<?xml"):
            assert self.root is None
            self.root = ET.fromstring(text.encode())  # noqa: S314  # our own output
            return
        for line in text.splitlines():
            if not line.startswith("#"):
                self._follow(line)

    def _follow(self, line: str) -> None:
        word, *words = [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', line)]
        depth = 3 if words[0] == "rulebase" else 1
        parent = self.root.find("devices/entry/vsys/entry")
        for tag in words[:depth]:
            parent = parent.find(tag)
        name, rest = words[depth], words[depth + 1 :]
        entry = next((each for each in parent if each.get("name") == name), None)
        if word == "set":
            _set(entry if entry is not None else ET.SubElement(parent, "entry", name=name), rest)
            return
        assert entry is not None, line
        parent.remove(entry)
        if word == "move":
            at = next(number for number, each in enumerate(parent) if each.get("name") == rest[1])
            parent.insert(at + (rest[0] == "after"), entry)

    @property
    def text(self) -> str:
        """Write the configuration, so that it can be read."""
        return ET.tostring(self.root, encoding="unicode")


def _set(here: Any, words: list[str]) -> None:
    """Follow the words below an entry down to a value, or to the members of a list."""
    lists = {"from", "to", "source", "destination", "service", "application", "static"}
    if words[0] in lists:
        element = ET.SubElement(here, words[0])
        for member in words[1:] if words[1] != "[" else words[2:-1]:
            ET.SubElement(element, "member").text = member
    elif len(words) == 2:
        ET.SubElement(here, words[0]).text = words[1]
    else:
        inner = here.find(words[0])
        _set(inner if inner is not None else ET.SubElement(here, words[0]), words[1:])


def netsh_keys(line: str) -> dict[str, str]:
    """Read the keys of a netsh command."""
    return {key: quoted or bare for key, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|(\S+))', line)}


class Netsh:
    """The firewall of Windows as netsh sees it: several rules may have one name, which delete takes all out."""

    def __init__(self) -> None:
        self.rules: list[dict[str, str]] = []

    def load(self, text: str) -> None:
        """Run a script."""
        for line in commands(text):
            keys = netsh_keys(line)
            if " add rule " in line:
                self.rules.append(keys)
            else:
                assert " delete rule " in line
                self.rules = [rule for rule in self.rules if rule["name"] != keys["name"]]

    @property
    def held(self) -> Any:
        """Returns the rules in an order of their own."""
        return sorted(tuple(rule.items()) for rule in self.rules)


class WindowsXp:
    """The firewall of Windows XP: one opening for each protocol, port and profile."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str, str], dict[str, str]] = {}

    def load(self, text: str) -> None:
        """Run a script."""
        for line in commands(text):
            keys = netsh_keys(line)
            profiles = ("DOMAIN", "STANDARD") if keys["profile"] == "ALL" else (keys["profile"],)
            for profile in profiles:
                key = (keys["protocol"], keys["port"], profile)
                if " add portopening " in line:
                    self.held[key] = keys | {"profile": profile}
                else:
                    assert " delete portopening " in line
                    self.held.pop(key, None)


def commands(script: str) -> Iterator[str]:
    """Returns the commands of a batch file."""
    for line in script.split("\r\n"):
        if line and not line.startswith("@"):
            assert line.startswith("netsh ")
            yield line


class PowerShell:
    """The firewall of Windows as PowerShell sees it; a name is there once."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}

    def load(self, parsed: Iterable[tuple[str, Any]], script: str) -> None:
        """Run the commands of a script, as they were parsed."""
        for name, rule in parsed:
            if name == "New-NetFirewallRule":
                assert rule["-Name"][0] not in self.held
                self.held[rule["-Name"][0]] = rule
            elif name == "Remove-NetFirewallRule" and "-Name" in rule:
                self.held.pop(rule["-Name"][0], None)
            elif name == "Remove-NetFirewallRule" and "-Group" in rule:
                self.held = {known: each for known, each in self.held.items() if each["-Group"] != rule["-Group"]}
        planned = re.search(r"^\$planned = @\((.*)\)", script, re.MULTILINE)
        if planned:
            kept = set(re.findall(r"'([^']*)'", planned[1]))
            self.held = {name: rule for name, rule in self.held.items() if name in kept or rule["-Group"] != ["SAV10"]}
