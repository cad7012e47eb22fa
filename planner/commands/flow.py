"""``flow``: is this open, by which rule, or why not? Asked of a plan, and of the rules of a firewall."""

import argparse

from planner.commands.arguments import CommandError, CommandLine, OneOf, add_max_size, add_plan
from planner.commands.audit import add_rules, rule_texts
from planner.commands.output import DIFFERS, OK, read, terminal_form, warn_of_edits, write_in

_ABOUT = """\
Ask one flow of a plan: open, by which rule and what for, or closed and what
keeps it closed. With --rules, also what a firewall does with it, by which
line: with all packets that the plan lets pass, or else with any."""

_EXAMPLES = """\
FROM and TO are a zone, a role (console, server, netware, client,
roaming-client, legacy-client, quarantine, internet) or an address in a zone.

examples:
  sav-planner flow plan.toml clients servers tcp/2967
  sav-planner flow plan.toml console 10.20.0.5 udp/38293 --source-port 1500
  sav-planner flow plan.toml offices servers tcp/139 --rules now.json

exit codes:
  0  open: in the plan, and with --rules in the rules too
  1  closed, open in part, or not certain: a line of the rules that may be
     about it is not understood, or they hold one address family of two
  2  a file cannot be read, or it cannot be told what is asked"""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner flow"
    usage = f"{prog} PLAN FROM TO PROTOCOL/PORT [option ...]"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=usage)
    add_plan(accepted)
    accepted.add_argument("source", metavar="FROM", help="who opens: a zone, a role or an address")
    accepted.add_argument("target", metavar="TO", help="who listens: a zone, a role or an address")
    accepted.add_argument("service", metavar="PROTOCOL/PORT", help="such as tcp/2967")
    accepted.add_argument(
        "--source-port",
        metavar="P",
        default="",
        help="the port it is opened from (default: those of the plan's rules)",
    )
    add_rules(accepted)
    accepted.add_argument(
        "--format", type=OneOf("text", "json"), default="text", metavar="FORMAT", help="text or json (default: text)"
    )
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Answer from the plan, and from the rules where some are given."""
    from planner.audit.flow_query import AskError, answer_flow, overall, read_question
    from planner.audit.run import AuditError, read_bases
    from planner.exports.report.flow import flow_json, flow_text, standing
    from planner.text.escaping import visible

    texts = rule_texts(options)
    found = read(options.plan, options)
    warn_of_edits(options.plan, found)
    plan = found.plan
    try:
        question = read_question(plan, options.source, options.target, options.service, options.source_port)
        base = read_bases(plan, texts, options.rules_format, options.device) if options.rules else None
        answered = answer_flow(plan, question, base, options.device)
    except (AskError, AuditError) as error:
        raise CommandError(f"sav-planner flow: {visible(str(error), 400)}") from None
    text = flow_json(answered) if options.format == "json" else flow_text(answered, terminal_form()[0])
    passes = base is None or (standing(answered.packets) == "open" and answered.certain)
    is_open = overall(answered.answers) == "open" and passes
    return write_in(options.format, text, OK if is_open else DIFFERS)
