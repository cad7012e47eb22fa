"""Effective addresses of rules: the same in explanations, JSON, CSV and differences as on the firewall."""

import csv
import io
import json
from pathlib import Path

import pytest

from planner.catalogue.loader import load_catalogue
from planner.plan.addresses import RuleAddresses
from planner.plan.diff import PlanDifference, compare_plans
from planner.plan.explanation import explain_rule
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from tests.command_line import command, sample

CATALOGUE = load_catalogue()


def edited(tmp_path: Path, name: str, old: str, new: str) -> str:
    text = Path(sample(name)).read_text()
    assert old in text
    path = tmp_path / "edited.toml"
    path.write_text(text.partition("# Derived")[0].replace(old, new))
    return str(path)


def plan(path: str) -> Plan:
    return read_plan(path).plan


def difference(old: str, new: str) -> PlanDifference:
    return compare_plans(plan(old), plan(new), CATALOGUE)


@pytest.mark.parametrize("format_name", ["text", "json", "markdown", "csv", "html"])
@pytest.mark.parametrize("back", [(), ("--rollback",)])
def test_a_widened_network_changes_every_rule_of_its_zone(
    tmp_path: Path, format_name: str, back: tuple[str, ...]
) -> None:
    wider = edited(tmp_path, "settled", "10.10.16.0/20", "10.0.0.0/8")
    found = command("diff", sample("settled"), wider, "--format", format_name, *back)
    derived = plan(wider).derived
    rules = [r for r in (*derived.rules, *derived.host_rules) if "offices" in (r.from_, r.to)]
    assert found.code == 1
    assert len(rules) == 15
    assert [rule.marker for rule in rules if rule.marker not in found.out] == []
    assert {"10.10.16.0/20", "10.0.0.0/8"} <= set(
        found.out.replace("|", " ").replace('"', " ").replace("<", " ").replace(">", " ").split()
    )


def test_json_has_both_address_sets_the_pairs_and_the_cause(tmp_path: Path) -> None:
    wider = edited(tmp_path, "settled", "10.10.16.0/20", "10.0.0.0/8")
    changes = json.loads(command("diff", sample("settled"), wider, "--format", "json").out)["change"]
    change = next(change for change in changes if change["id"] == "client-checks-in:offices>servers")
    assert change["firewall"]
    assert change["causes"] == ["zone offices: networks"]
    assert [(field["field"], field["old"], field["new"]) for field in change["fields"]] == [
        ("from_addresses", ["10.10.16.0/20"], ["10.0.0.0/8"]),
        (
            "address_pairs",
            {"v4": 3 << 12, "v6": 0, "unknown": []},
            {"v4": 3 << 24, "v6": 0, "unknown": []},
        ),
    ]


@pytest.mark.parametrize(
    ("old", "new", "field", "cause"),
    [
        ('console = ["192.0.2.20", ', 'console = ["192.0.2.21", ', "from_addresses", "zone administration: hosts"),
        ('name = "offices"\n', 'name = "offices"\nnat = true\n', "translated", "zone offices: nat"),
        ('mode = "exclusive"\n', 'mode = "additive"\n', "devices", "device core"),
    ],
)
def test_hosts_translation_and_devices_change_rules_too(
    tmp_path: Path, old: str, new: str, field: str, cause: str
) -> None:
    found = difference(sample("firewalls"), edited(tmp_path, "firewalls", old, new))
    changes = [change for change in found.change if field in {named.field for named in change.fields}]
    assert changes
    assert all(change.firewall and cause in change.causes for change in changes)


def test_every_statement_of_a_rule_has_the_same_addresses() -> None:
    path = sample("firewalls")
    read = plan(path)
    addresses = RuleAddresses(read, CATALOGUE)
    stated = json.loads(command("show", path, "--format", "json").out)
    rows = csv.DictReader(
        io.StringIO(command("show", path, "--format", "csv", "--view", "rules").out.split("\n\r\n")[0])
    )
    listed = {row["Marker"]: (row["From addresses"], row["To addresses"]) for row in rows}
    narrowed = 0
    for rule, entry in zip(read.derived.rules, stated["rules"], strict=True):
        from_, to = addresses.of(rule)
        assert (entry["from_addresses"], entry["to_addresses"]) == (list(from_), list(to))
        assert listed[rule.marker] == (", ".join(from_), ", ".join(to))
        line = next(line.text for line in explain_rule(rule, read, CATALOGUE).lines if line.label == "rule")
        assert f"{rule.from_} ({', '.join(from_)})" in line
        assert f"{rule.to} ({', '.join(to)})" in line
        narrowed += any("/" not in address for address in (*from_, *to))
    assert narrowed
