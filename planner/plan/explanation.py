"""Explanations of one cell, rule, port, flow or decision, as labelled lines."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from planner.catalogue.model import Catalogue, Decision, Flow, Service, Symptom
from planner.derivation.matrix import ServiceRow, Spot
from planner.derivation.model import Rule
from planner.plan.plan import Plan
from planner.text.layout import some_of


class Line(msgspec.Struct, frozen=True):
    """One labelled statement."""

    label: str
    text: str


class Explanation(msgspec.Struct, frozen=True):
    """A title and its statements, the most important first."""

    title: str
    lines: tuple[Line, ...]


def explain_spot(
    row: ServiceRow,
    zone: str,
    spot: Spot,
    rules: Sequence[Rule],
    plan: Plan,
    catalogue: Catalogue,
    most: int | None = None,
) -> Explanation:
    """Explains one cell of the matrix: who listens, who opens, why, what breaks without, and the rules for a firewall.

    ``rules`` are those of the cell's service from or to its zone, as ``rules_at`` finds them. At most ``most``
    zones and rules are named one by one, the rest is counted.
    """
    port = f"{row.protocol.upper()} {row.ports}"
    to_here = [rule for rule in rules if rule.to == zone]
    from_here = [rule for rule in rules if rule.from_ == zone != rule.to]
    lines = [Line("listens", text) for text in _in_words(port, to_here, most)]
    if spot.listens and not to_here:
        lines.append(Line("listens", f"on {port}; no peer is planned"))
    lines += [Line("opens", text) for text in _in_words(port, from_here, most)]
    if spot.denied and not lines:
        lines.append(Line("denied", f"nobody there may ever reach {port} of any zone"))
    if not lines:
        lines.append(Line("empty", f"nobody there listens on {port} or opens it"))
    flows = dict.fromkeys(flow for entry in spot.entries for flow in entry.flows)
    lines += [Line("blocked", catalogue.flows[flow].breaks) for flow in flows]
    lines += _because(because for entry in spot.entries for because in entry.because)
    if spot.entries:
        lines += _service_lines(_services_on(row.protocol, (row.ports,), plan, catalogue), catalogue)
    lines += citation_lines(dict.fromkeys(cite for entry in spot.entries for cite in entry.cites), catalogue)
    lines += _texts([*to_here, *from_here], plan, catalogue, most)
    return Explanation(f"{row.label} · {zone}", tuple(lines))


def _in_words(port: str, rules: Iterable[Rule], most: int | None) -> Iterator[str]:
    """Returns who may open a port on whom, one sentence for each range of source ports."""
    ranges: dict[str, list[Rule]] = {}
    for rule in rules:
        ranges.setdefault(rule.source_ports, []).append(rule)
    for ports, some in ranges.items():
        openers, listeners = dict.fromkeys([rule.from_ for rule in some]), dict.fromkeys([rule.to for rule in some])
        alone = openers.keys() == listeners.keys() and len(openers) == 1
        who = f"hosts of {next(iter(openers))}" if alone else some_of(openers, most)
        whom = "each other" if alone else some_of(listeners, most)
        yield f"{who} may open {port} on {whom}, from {'any port' if ports == 'any' else f'ports {ports}'}"


def _texts(rules: Sequence[Rule], plan: Plan, catalogue: Catalogue, most: int | None) -> Iterator[Line]:
    """Returns the rules as a firewall needs them, and counts those that would be too many."""
    shown = rules if most is None else rules[:most]
    if shown:
        from planner.plan.addresses import RuleAddresses  # with it comes ipaddress

        addresses = RuleAddresses(plan, catalogue)
        for rule in shown:
            yield Line("rule", _rule_line(rule, *addresses.of(rule)))
        if len(shown) < len(rules):
            yield Line("rules", f"and {len(rules) - len(shown)} more; e shows all")


_STATES = {"new": "new connections", "established": "established connections only", "any": "every packet"}


def _rule_line(rule: Rule, sources: Sequence[str], destinations: Sequence[str]) -> str:
    """Returns a rule in one line for any firewall: effective addresses, where the plan has some, and the marker."""
    source, target = (
        f"{name} ({', '.join(addresses)})" if addresses else name
        for name, addresses in ((rule.from_, sources), (rule.to, destinations))
    )
    return (
        f"{rule.action} {rule.protocol} from {source} port {rule.source_ports} "
        f"to {target} port {rule.destination_ports}, {_STATES[rule.state]}, remark {rule.marker}"
    )


def explain_rule(rule: Rule, plan: Plan, catalogue: Catalogue) -> Explanation:
    """Explains a rule: what it permits, why, what breaks without it, and the rule for a firewall."""
    kind = "Host rule" if rule.from_ == rule.to else "Rule"
    if rule.is_return:
        ports = "any port" if rule.destination_ports == "any" else f"ports {rule.destination_ports}"
        kept = ", of established connections only" if rule.state == "established" else ""
        permits = f"{rule.from_} may answer {rule.to} from {rule.protocol.upper()} {rule.source_ports} to {ports}{kept}"
    else:
        permits = next(_in_words(f"{rule.protocol.upper()} {rule.destination_ports}", (rule,), None))
    lines = [Line("permits", permits), Line("purpose", rule.justification)]
    lines += [Line("blocked", catalogue.flows[flow].breaks) for flow in rule.flows]
    lines += _because(rule.because)
    if rule.until:
        lines.append(Line("until", f"close after {rule.until.isoformat()}"))
    lines += [Line("note", note) for note in rule.notes]
    services = _services_on(rule.protocol, (rule.destination_ports, rule.source_ports), plan, catalogue)
    lines += _service_lines(services, catalogue)
    lines += citation_lines(
        dict.fromkeys(cite for flow in rule.flows for cite in catalogue.flows[flow].cites), catalogue
    )
    lines += _texts((rule,), plan, catalogue, None)
    return Explanation(f"{kind} {rule.marker} · {rule.id}", tuple(lines))


def explain_flow(flow: Flow, catalogue: Catalogue) -> Explanation:
    """Explains a flow of the catalogue: purpose, who opens what on whom, and citations."""
    lines = [Line("purpose", flow.purpose), Line("class", f"{flow.class_}, phase {flow.phase}")]
    for leg in catalogue.legs_of(flow):
        services = ", ".join(_port_text(catalogue.services[service]) for service in leg.services)
        stated = "" if leg.stated else " (the document does not state them)"
        lines.append(
            Line(
                "opens", f"{', '.join(leg.from_)} to {', '.join(leg.to)}: {services}, source ports {leg.source}{stated}"
            )
        )
    if flow.worked_out:
        lines.append(Line("inferred", flow.worked_out))
    lines += [Line("blocked", flow.breaks), *citation_lines(dict.fromkeys(flow.cites), catalogue)]
    services_used = dict.fromkeys(service for leg in catalogue.legs_of(flow) for service in leg.services)
    lines += _service_lines([catalogue.services[service] for service in services_used], catalogue)
    lines += _note_lines(flow.notes, catalogue)
    lines += [Line("decision", f"{id_}: {catalogue.decisions[id_].trouble}") for id_ in flow.decisions]
    return Explanation(f"Flow {flow.id}", tuple(dict.fromkeys(lines)))


def explain_service(service: Service, catalogue: Catalogue) -> Explanation:
    """Explains a port: who listens, how it is changed, its flows, decisions and lines of the document."""
    flows = [
        flow
        for flow in catalogue.flows.values()
        if any(service.id in leg.services for leg in flow.legs) or (flow.deny and service.id in flow.deny.services)
    ]
    lines = _service_lines([service], catalogue)
    for flow in flows:
        lines.append(Line("flow", f"{flow.id} ({flow.class_}): {flow.purpose}"))
        lines.append(Line("blocked", flow.breaks))
    lines += [
        Line("decision", f"{id_}: {catalogue.decisions[id_].trouble}") for flow in flows for id_ in flow.decisions
    ]
    lines += citation_lines(dict.fromkeys(cite for flow in flows for cite in flow.cites), catalogue)
    return Explanation(f"{_port_text(service)} {service.name}", tuple(dict.fromkeys(lines)))


def explain_decision(decision: Decision, catalogue: Catalogue) -> Explanation:
    """Explains a decision: the text of the document, the readings, the default and its reason."""
    lines = [Line("trouble", decision.trouble)]
    for reading in decision.readings:
        word = "default" if reading.id == decision.default else "reading"
        refused = f" Not offered: {reading.refused_because}" if reading.refused_because else ""
        lines.append(Line(word, f"{reading.id}: {reading.text}{refused}"))
    lines.append(Line("why", decision.why))
    if decision.advice:
        lines.append(Line("advice", decision.advice))
    lines += citation_lines(decision.cites, catalogue)
    return Explanation(f"Decision {decision.id}", tuple(lines))


def look_up(term: str, catalogue: Catalogue) -> list[Explanation]:
    """Explains a port, flow, decision, citation, finding, service or glossary word; empty for any other text."""
    wanted = term.strip().casefold()
    words = wanted.replace("/", " ").split()
    protocol = next((word for word in words if word in ("tcp", "udp")), "")
    number = next((word for word in words if word.isdigit()), "")
    if number and set(words) <= {protocol, number}:
        hits = [
            service
            for service in catalogue.services.values()
            if str(service.port) == number and protocol in ("", service.protocol)
        ]
        found = [explain_service(service, catalogue) for service in hits]
        erratum = catalogue.decisions.get(f"erratum-{number}")
        return [*found, explain_decision(erratum, catalogue)] if erratum else found
    if wanted in catalogue.flows:
        return [explain_flow(catalogue.flows[wanted], catalogue)]
    if wanted in catalogue.decisions:
        return [explain_decision(catalogue.decisions[wanted], catalogue)]
    topics = (*catalogue.out_of_scope.values(), *catalogue.references.values())
    found = [
        Explanation(topic.title, (Line("means", topic.text), *citation_lines(topic.cites, catalogue)))
        for topic in topics
        if wanted in (topic.id, topic.title.casefold())
    ]
    found += [
        _explain_symptom(symptom, catalogue)
        for symptom in catalogue.symptoms.values()
        if wanted in (symptom.id, symptom.title.casefold())
    ]
    if found:
        return found
    terms = [Explanation(t.id, (Line("means", t.text),)) for t in catalogue.terms.values() if t.id.casefold() == wanted]
    services = [service for service in catalogue.services.values() if wanted in (service.id, service.name.casefold())]
    found = terms + [explain_service(service, catalogue) for service in services]
    if not found and wanted in catalogue.citations:
        found = [_explain_citation(wanted, catalogue)]
    if not found and wanted in catalogue.findings:
        found = [_explain_finding(wanted, catalogue.findings[wanted].text, catalogue)]
    return found


def look_up_in_plan(term: str, plan: Plan, catalogue: Catalogue) -> list[Explanation]:
    """Explains a marker or an id of a rule, or a finding, as this plan has it; empty for any other text."""
    wanted, derived = term.strip().casefold(), plan.derived
    rules = (*derived.rules, *derived.host_rules)
    found = [
        explain_rule(rule, plan, catalogue) for rule in rules if wanted in (rule.marker.casefold(), rule.id.casefold())
    ]
    return found + [
        _explain_finding(finding.id, finding.text, catalogue) for finding in derived.findings if finding.id == wanted
    ]


def known_terms(catalogue: Catalogue) -> list[str]:
    """Returns the ids that ``look_up`` accepts."""
    kinds = (catalogue.flows, catalogue.decisions, catalogue.citations, catalogue.findings, catalogue.terms)
    more = (catalogue.out_of_scope, catalogue.references, catalogue.symptoms, catalogue.services)
    return [id_ for kind in (*kinds, *more) for id_ in kind]


def _explain_citation(id_: str, catalogue: Catalogue) -> Explanation:
    lines = [*citation_lines((id_,), catalogue)]
    lines += [Line("flow", f"{flow.id}: {flow.purpose}") for flow in catalogue.flows.values() if id_ in flow.cites]
    decisions = (decision for decision in catalogue.decisions.values() if id_ in decision.cites)
    lines += [Line("decision", f"{decision.id}: {decision.trouble}") for decision in decisions]
    return Explanation(f"Citation {id_}", tuple(lines))


def _explain_finding(id_: str, text: str, catalogue: Catalogue) -> Explanation:
    finding = catalogue.findings[id_]
    lines = (Line(finding.level, text.replace("{", "<").replace("}", ">")), *citation_lines(finding.cites, catalogue))
    return Explanation(f"Finding {id_}", lines)


def _explain_symptom(symptom: Symptom, catalogue: Catalogue) -> Explanation:
    flows = (catalogue.flows[id_] for id_ in symptom.flows)
    lines = [Line("test", f"{flow.id}: {flow.purpose}; if blocked: {flow.breaks}") for flow in flows]
    return Explanation(symptom.title, (*lines, *((Line("also", symptom.also),) if symptom.also else ())))


def _port_text(service: Service) -> str:
    port = "its configured port" if service.port is None else str(service.port)
    return f"{service.protocol.upper()} {port}"


def _services_on(protocol: str, ports: tuple[str, ...], plan: Plan, catalogue: Catalogue) -> list[Service]:
    return [
        service
        for service in catalogue.services.values()
        if service.protocol == protocol and str(service.port_for(plan.topology.answers)) in ports
    ]


def citation_lines(cites: Iterable[str], catalogue: Catalogue) -> Iterator[Line]:
    """Returns the places in the vendor document, a line each."""
    for cite in cites:
        citation = catalogue.citations[cite]
        yield Line("document", f"{citation.section}, {citation.where}: {citation.says}")


def _because(texts: Iterable[str]) -> list[Line]:
    joined = ", ".join(dict.fromkeys(texts))
    return [Line("because", joined)] if joined else []


def _service_lines(services: Iterable[Service], catalogue: Catalogue) -> list[Line]:
    lines = []
    for service in services:
        lines.append(Line("process", f"{service.process} ({service.name})"))
        if service.configure:
            lines.append(Line("port", service.configure))
        if service.registry_path:
            lines.append(Line("registry", f"{service.registry_path}, value {service.registry_value}"))
        if service.iana:
            lines.append(Line("IANA name", service.iana))
        lines += _note_lines(service.notes, catalogue)
    return lines


def _note_lines(ids: Iterable[str], catalogue: Catalogue) -> list[Line]:
    notes = [catalogue.notes[note] for note in ids]
    return [Line("security" if note.cves else "note", note.text) for note in notes]
