"""``audit``: the rules of a firewall held against a plan."""

import argparse
from typing import TYPE_CHECKING

from planner.commands.arguments import CommandError, CommandLine, OneOf, add_format, add_max_size, add_plan
from planner.commands.output import DIFFERS, OK, bounds, read, terminal_form, warn_of_edits, write_in

if TYPE_CHECKING:
    from planner.audit.run import RuleText

# The same words as in planner.audit.readers, which help must not load; a test holds them together.
RULE_FORMATS = ("csv", "iptables", "nft", "ios", "asa")

_ABOUT = """\
Hold the rules of a firewall against a plan, exactly: which planned rules do
not pass (missing), which rules open the product's ports without need
(surplus), which open more than is planned (too wide), which never decide
(shadowed), and which are exact. A line that is not understood is named, never
passed over. Nothing is changed on the firewall or in the files."""

_EXAMPLES = """\
rule bases, told by their text:
  iptables   iptables-save, ip6tables-save; --rules twice for both
  nft        nft -j list ruleset
  ios, asa   a configuration of Cisco IOS, NX-OS or ASA, with its access-group
             lines where it has several access lists
  csv        the rules of a plan: show --view rules --format csv

examples:
  nft -j list ruleset > now.json
  sav-planner audit plan.toml --rules now.json
  sav-planner audit plan.toml --rules v4.txt --rules v6.txt --device core
  sav-planner audit plan.toml --rules asa.cfg --format json

The plan needs addresses, and a [[device]] with the interface of each zone
where the rules name interfaces. Behind one is taken to be what the plan places
there, and what it places nowhere: a rule for an interface that names no
addresses is wider than the plan. What is looked at are packets between zones.
On the screen, key A does the same.

exit codes:
  0  on the product's ports the rules are what the plan says
  1  they are not, or a line that may matter is not understood
  2  a file cannot be read, or the plan lacks what it takes"""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner audit"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} PLAN --rules FILE [--device NAME] [--format FORMAT]")
    add_plan(accepted)
    add_rules(accepted)
    add_format(accepted)
    add_max_size(accepted)
    return accepted


def add_rules(accepted: CommandLine) -> None:
    """Add what names a rule base."""
    accepted.add_argument(
        "--rules", metavar="FILE", action="append", default=[], help="the rules, or - for standard input; twice for "
        "IPv4 and IPv6",
    )  # fmt: skip
    accepted.add_argument(
        "--rules-format", metavar="FORMAT", type=OneOf(*RULE_FORMATS), help=f"{', '.join(RULE_FORMATS)}"
    )
    accepted.add_argument("--device", metavar="NAME", default="", help="the device of the plan, where it has several")


def run(options: argparse.Namespace) -> int:
    """Writes the audit of the rules."""
    from planner.audit.run import AuditError, audit_base, read_bases
    from planner.exports.registry import write_report
    from planner.exports.report.audit import audit_json, audit_report

    if not options.rules:
        raise CommandError("sav-planner audit: --rules: missing; accepted: a file with the rules of a firewall")
    texts = rule_texts(options)
    found = read(options.plan, options)
    warn_of_edits(options.plan, found)
    try:
        base = read_bases(found.plan, texts, options.rules_format, options.device)
        verdict = audit_base(found.plan, base, options.device)
    except AuditError as error:
        raise CommandError(f"sav-planner audit: {error}") from None
    width, colour = terminal_form()
    if options.format == "json":
        text = audit_json(found.plan, verdict)
    else:
        text = write_report(audit_report(found.plan, verdict), options.format, width, colour)
    return write_in(options.format, text, OK if verdict.same else DIFFERS)


def rule_texts(options: argparse.Namespace) -> list["RuleText"]:
    """Read the files of a rule base.

    Raises:
        CommandError: one cannot be read.
    """
    from planner.audit.run import RuleText
    from planner.storage.plan_files import RuleFileError, read_rule_text

    if [options.plan, *options.rules].count("-") > 1:
        raise CommandError("sav-planner: standard input twice; accepted: the plan or one rule base from it")
    try:
        return [RuleText(path, read_rule_text(path, bounds(options).whole)) for path in options.rules]
    except RuleFileError as error:
        raise CommandError(f"sav-planner: {error}") from None
