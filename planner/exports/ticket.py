"""The body of a change ticket: all that a board approves from, and all that is needed to take it out again."""

from collections.abc import Iterable, Sequence

import msgspec

from planner.core.catalogue import Catalogue
from planner.core.derived import Rule
from planner.core.plan import Plan, facts
from planner.core.trials import Trial, trials
from planner.exports import views
from planner.exports.columns import BECAUSE, FROM, MARKER, NO_ROLE, PHASE_TONES, PORT, TO, count, port
from planner.exports.exposure_views import exposed
from planner.exports.report import report
from planner.exports.rule_views import denies, rule_notes
from planner.exports.tables import Column, Report, Row, Table
from planner.exports.trial_text import PLACEHOLDER, PREPARATION, commands, expected, what

TEST = Column(title="Test", place="key")
UNDO = Column(title="Undo", place="key")
_RULE = (
    FROM,
    TO,
    PORT,
    Column(title="Source ports"),
    Column(title="State"),
    Column(title="Justification", place="detail", wraps=True),
    BECAUSE,
    Column(title="Citation", place="detail", wraps=True),
    Column(title="Expiry", place="detail", optional=True),
    Column(title="Test and undo", place="detail"),
)


def test_id(marker: str) -> str:
    """Name the test step of a rule."""
    return f"TEST-{marker}"


def undo_id(marker: str) -> str:
    """Name the step that takes a rule out again."""
    return f"UNDO-{marker}"


def expiry(plan: Plan, rule: Rule) -> str:
    """Give the day after which a rule should be gone: its own or the change's, whichever comes first; or nothing."""
    dates = [date for date in (rule.until, plan.change.expires) if date is not None]
    return str(min(dates)) if dates else ""


def by_pair(rules: Iterable[Rule]) -> list[Rule]:
    """Order rules by pair of zones, each pair where it is first met."""
    pairs: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        pairs.setdefault((rule.from_, rule.to), []).append(rule)
    return [rule for some in pairs.values() for rule in some]


def ticket(plan: Plan, catalogue: Catalogue, plan_sha256: str) -> Report:
    """Lay out the ticket. ``plan_sha256`` is that of the plan file beside it."""
    derived = plan.derived
    everything = (*derived.rules, *derived.host_rules)
    tried = trials(plan)
    tables = (
        _rules(
            plan,
            "rules",
            "Rules by pair of zones",
            "What the firewalls between the zones permit for good.",
            [rule for rule in derived.rules if rule.phase == "run"],
        ),
        _rules(
            plan,
            "host_rules",
            "Host rules inside zones",
            "What the hosts' own firewalls permit inside one zone, for good; no zone boundary sees it.",
            [rule for rule in derived.host_rules if rule.phase == "run"],
        ),
        _rules(
            plan,
            "rollout",
            "Open for the rollout",
            "Opened for the remote installation alone, between zones and inside them. Never for good: the removal list "
            "follows.",
            [rule for rule in everything if rule.phase == "rollout"],
        ),
        _undo(
            plan,
            "rollout_removal",
            "Removal list of the rollout",
            "Take these out when the rollout is over, in this order.",
            [rule for rule in everything if rule.phase == "rollout"],
        ),
        *views.decisions(plan, catalogue),
        *views.closed(plan, catalogue),
        denies(plan),
        *views.findings(plan, catalogue),
        msgspec.structs.replace(rule_notes(everything), name="security_notes", title="Security notes"),
        *exposed(plan, catalogue),
        _preparation(),
        _tests(everything, tried, catalogue),
        _undo(
            plan,
            "rollback",
            "Rollback steps",
            "Takes every rule of this plan out again, what came last first. Find each by the marker in its remark, "
            "then run its test: all is blocked again. A rule that an earlier plan had stays: compare with "
            "'sav-planner diff' first. " + " ".join(note.text for note in catalogue.notes.values() if note.on_removal),
            everything,
        ),
        _citations(everything, catalogue),
        _digests(plan, plan_sha256),
    )
    whole = report(plan, catalogue, "findings")
    return Report(f"Change: {whole.title}", whole.facts, whole.notice, tables)


def _rules(plan: Plan, name: str, title: str, intro: str, rules: Sequence[Rule]) -> Table:
    return Table(
        name=name,
        title=title,
        intro=intro,
        columns=(MARKER, *_RULE),
        rows=tuple(
            Row(
                (
                    rule.marker,
                    rule.from_,
                    "same zone" if rule.from_ == rule.to else rule.to,
                    port(rule.protocol, rule.destination_ports),
                    rule.source_ports,
                    rule.state,
                    rule.justification,
                    "; ".join(rule.because),
                    ", ".join(rule.cites),
                    expiry(plan, rule),
                    f"{test_id(rule.marker)}, {undo_id(rule.marker)}",
                ),
                PHASE_TONES[rule.phase],
            )
            for rule in by_pair(rules)
        ),
        empty=NO_ROLE if name == "rules" and not plan.derived.host_rules else "None.",
    )


def _undo(plan: Plan, name: str, title: str, intro: str, rules: Sequence[Rule]) -> Table:
    return Table(
        name=name,
        title=title,
        intro=intro,
        columns=(UNDO, MARKER, FROM, TO, PORT, Column(title="Source ports"), Column(title="At the latest", wraps=True)),
        rows=tuple(
            Row(
                (
                    undo_id(rule.marker),
                    rule.marker,
                    rule.from_,
                    "same zone" if rule.from_ == rule.to else rule.to,
                    port(rule.protocol, rule.destination_ports),
                    rule.source_ports,
                    expiry(plan, rule) or ("no date: set one" if rule.phase == "rollout" else "no date"),
                ),
                PHASE_TONES[rule.phase],
            )
            for rule in reversed(rules)
        ),
        empty="There is nothing to take out.",
    )


def _preparation() -> Table:
    return Table(
        name="test_preparation",
        title="Before the tests",
        intro="The commands are written for whoever carries the change out; this program runs none of them. "
        f"{PLACEHOLDER} stands for the address of a listening host where the plan lists none.",
        columns=(Column(title="Mind", place="key", wraps=True),),
        rows=tuple(Row((text,)) for text in PREPARATION),
        empty="",
    )


def _tests(rules: Sequence[Rule], tried: dict[str, Trial], catalogue: Catalogue) -> Table:
    """Write the test steps: for the rule itself on every kind of host, for what must stay blocked on two."""
    rows = []
    for rule in by_pair(rules):
        trial = tried[rule.id]
        if rule.is_return:
            proved = f"proved by {test_id(trial.rule.marker)}: what that opens is answered"
            rows.append(Row((test_id(rule.marker), rule.from_, proved, "", "", "", "", "")))
            continue
        listeners = ", ".join(catalogue.roles[role].title for role in trial.listeners)
        for attempt in trial.attempts:
            before, after = expected(trial, attempt)
            ways = list(commands(trial, attempt))
            for way in ways if attempt.kind == "positive" else (ways[0], ways[-1]):
                said = way.opens if attempt.after == "opens" else way.blocked
                cells = (
                    test_id(rule.marker), attempt.zone, what(attempt), f"{rule.to}: {listeners}",
                    way.hosts, way.line, way.blocked if not trial.silent else before,
                    said if not trial.silent else after,
                )  # fmt: skip
                rows.append(Row(cells, PHASE_TONES[rule.phase]))
        rows += [
            Row((test_id(rule.marker), "", f"not to be had: {missing}", "", "", "", "", ""))
            for missing in trial.unproven
        ]
    return Table(
        name="tests",
        title="Test steps",
        intro="For each rule: from which zone to run what, and what it says before the change and after it.",
        columns=(
            TEST,
            Column(title="Run in zone", wraps=True),
            Column(title="Tries", wraps=True),
            Column(title="Against", wraps=True),
            Column(title="On", wraps=True),
            Column(title="Command", wraps=True, code=True),
            Column(title="Before", wraps=True),
            Column(title="After", wraps=True),
        ),
        rows=tuple(rows),
        empty="There is no rule to try out.",
    )


def _citations(rules: Iterable[Rule], catalogue: Catalogue) -> Table:
    used = dict.fromkeys(cite for rule in rules for cite in rule.cites)
    return Table(
        name="citations",
        title="Citations",
        intro=f"Where document {catalogue.document.id} says it. Citation ids of the rules lead here.",
        columns=(
            Column(title="Citation", place="key"),
            Column(title="Section", wraps=True),
            Column(title="Place", wraps=True),
            Column(title="Says", wraps=True),
        ),
        rows=tuple(
            Row((cite.id, cite.section, cite.where, cite.says)) for cite in map(catalogue.citations.__getitem__, used)
        ),
        empty="No rule cites anything.",
    )


def _digests(plan: Plan, plan_sha256: str) -> Table:
    """List what the ticket can be held against: 'sha256sum -c SHA256SUMS' and 'sav-planner check plan.toml'."""
    rows = (
        ("plan.toml", plan_sha256),
        ("answers", plan.digests.answers),
        ("derived", plan.digests.derived),
        ("catalogue", facts()["catalogue_sha256"]),
    )
    rules = count(plan.derived.summary.rules + plan.derived.summary.host_rules, "rule")
    return Table(
        name="digests",
        title="Digests",
        intro=f"SHA-256 of the plan file and of what it holds, {rules}. 'sha256sum -c SHA256SUMS' holds the files of "
        "this pack against theirs, 'sav-planner check plan.toml' the plan against its answers. A digest detects edits; "
        "it is no signature.",
        columns=(Column(title="Of", place="key"), Column(title="SHA-256", code=True)),
        rows=tuple(Row(row) for row in rows),
        empty="",
    )
