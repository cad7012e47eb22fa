"""Juniper SRX: policies between security zones, written by aerleon, in a form that replaces nothing but themselves.

aerleon tags the whole address book, all policies and all applications for replacement, and deletes all applications
where it writes none. Here each policy, application and address set carries the tag of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from planner.exports.firewall.access_list import Filter, Term, zone_filters
from planner.exports.firewall.aerleon import Object, counted, generate, policy_objects
from planner.exports.firewall.model import (
    IN_CONFIGURATION_MODE,
    VENDORS_EXTRA,
    DeviceJob,
    Format,
    Objects,
    RuleWriter,
    changed_objects,
    removed_objects,
)

_OWN = re.compile(r"(\s*)(policy|application|application-set|address-set) (\S+) \{$")


class _Writer(RuleWriter[DeviceJob]):
    def notes(self, job: DeviceJob) -> Iterator[str]:
        yield "policies of the same zones that stand before these decide first: 'insert policy' moves them"
        if job.old is None:
            yield "policies that only an older plan had stay until they are deleted: load an export since that plan"
        if job.rules.device.mode == "additive":
            yield "the product's ports are closed by global policies, so between all security zones of the device"

    def write(self, job: DeviceJob) -> list[str]:
        return _configuration(job)

    def change(self, job: DeviceJob) -> list[str]:
        if job.old is None or job.old_plan is None:
            return _configuration(job)
        before = _objects(_configuration(DeviceJob(job.old_plan, job.old)))
        return list(changed_objects(before, _objects(_configuration(job))))

    def remove(self, job: DeviceJob) -> list[str]:
        return list(removed_objects(_objects(_configuration(job))))


def _configuration(job: DeviceJob) -> list[str]:
    """Policies for each pair of zones, and global ones for the rest, with their addresses and applications."""
    filters = filters_of(job)
    definitions, objects = policy_objects(filters, map(target, filters))
    comments = {term.name: term.comment for filter_ in filters for term in filter_.terms}
    book: dict[str, None] = {}
    policies: list[str] = []
    applications: dict[str, None] = {}
    for text in generate(definitions, objects):
        parts = _parts(_own_lines(text, comments))
        book.update(dict.fromkeys(_blocks(parts["book"])))
        policies += parts["policies"]
        applications.update(dict.fromkeys(_blocks(parts["applications"])))
    written = sum(line.lstrip().startswith("replace: policy ") for line in policies)
    counted(written, sum(len(filter_.terms) for filter_ in filters), "policies")
    return [
        "security {",
        *("    address-book {", "        global {", *"".join(book).splitlines(), "        }", "    }"),
        *("    policies {", *policies, "    }"),
        "}",
        *("applications {", *"".join(applications).splitlines(), "}"),
    ]


_STARTS = {"        global {": "book", "    policies {": "policies", "applications {": "applications"}


def _parts(lines: Iterable[str]) -> dict[str, list[str]]:
    """Parts of a rendering: the lines of the address book, of the policies and of the applications."""
    found: dict[str, list[str]] = {part: [] for part in _STARTS.values()}
    part = end = ""
    for line in lines:
        if part and line == end:
            part = ""
        elif part:
            found[part].append(line)
        elif line in _STARTS:
            part, end = _STARTS[line], f"{line[: len(line) - len(line.lstrip())]}}}"
    return found


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    """Join the lines of each statement, however many it takes."""
    block, depth = "", 0
    for line in lines:
        block += f"{line}\n"
        depth += line.count("{") - line.count("}")
        if not depth:
            yield block
            block = ""


_OBJECT = re.compile(r"(policy|application|application-set|address|address-set) \S+")


def _objects(lines: Iterable[str]) -> Objects:
    """Objects of a configuration: each policy, application and address, with the lines below it."""
    found: dict[str, list[str]] = {}
    path: list[str] = []
    for line in lines:
        words = line.strip().removeprefix("replace: ")
        if words.endswith("{"):
            path.append(words[:-2])
        elif words == "}":
            path.pop()
        elif not words.startswith("/*"):
            depth = next((n for n, part in enumerate(path, 1) if _OBJECT.fullmatch(part)), len(path))
            name, value = " ".join(path[:depth]), words.removesuffix(";")
            if depth == len(path) and not (path and _OBJECT.fullmatch(path[-1])):
                # An address stands in one line with its network.
                kind, name_, value = value.split(" ", 2)
                name = f"{name} {kind} {name_}"
            found.setdefault(name, []).extend(_leaves(" ".join(path[depth:]), value))
    used_first = sorted(found, key=lambda name: (name.startswith("security policies"), "-set " in name))
    return {name: tuple(found[name]) for name in used_first}


def _leaves(path: str, words: str) -> Iterator[str]:
    """Write a statement out, a line for each member of a list."""
    key, bracket, members = words.partition(" [ ")
    for member in members.removesuffix(" ]").split() if bracket else ("",):
        yield " ".join(filter(None, (path, key, member)))


def filters_of(job: DeviceJob) -> list[Filter]:
    """Filters of the pairs of zones; terms from any zone go into the global policies, with addresses."""
    pairs: list[Filter] = []
    rest: list[Term] = []
    for filter_ in zone_filters(job):
        if filter_.in_interface:
            pairs.append(filter_)
        else:
            rest += _addressed(job, filter_)
    return [*pairs, Filter("", "", "", None, tuple(rest))] if rest else pairs


def _addressed(job: DeviceJob, filter_: Filter) -> Iterator[Term]:
    """Denies from any zone with their destination by address, in each family: a global policy knows no zone."""
    if not filter_.out_interface:
        yield from filter_.terms
        return
    blocks = {block.marker: block for block in job.rules.blocks}
    for term in filter_.terms:
        for family in blocks[term.name].destinations.families:
            yield Term(
                name=f"{term.name}-v{family}", comment=term.comment, action="deny", family=family,
                protocol=term.protocol, destinations=blocks[term.name].destinations.of(family),
                destination_ports=term.destination_ports, destination_zone=blocks[term.name].deny.to,
            )  # fmt: skip


def target(filter_: Filter) -> Object:
    """Target for aerleon."""
    return {"srx": f"from-zone {filter_.in_interface or 'all'} to-zone {filter_.out_interface or 'all'} mixed"}


def _own_lines(written: str, comments: Mapping[str, str]) -> Iterator[str]:
    """Tag what is ours, untag what holds others' too, and put each policy's remark before it in one line."""
    in_comment = False
    for line in written.splitlines():
        if "/*" in line or in_comment:
            in_comment = "*/" not in line
        elif line.strip() and not line.startswith("delete:"):
            own = _OWN.match(line)
            if own and own[2] == "policy":
                yield f"{own[1]}/* {comments[own[3]]} */"
            untagged = re.sub(r"^(\s*)replace: ", r"\1", line).rstrip()
            yield f"{own[1]}replace: {own[2]} {own[3]} {{" if own else untagged


FORMATS = (
    Format(
        name="juniper-srx", title="Juniper SRX policies, between zones", scope="device", vendor="juniper-srx",
        writer=_Writer(), file="sav10-srx.conf", unload=IN_CONFIGURATION_MODE, extra=VENDORS_EXTRA,
        load="load replace sav10-srx.conf, then show compare, then commit confirmed. It replaces policies, "
        "applications and address sets of the same name and merges the rest",
    ),
)  # fmt: skip
