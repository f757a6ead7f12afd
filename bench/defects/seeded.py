"""The defects that ``bench.defects.planting`` plants. File, what stands there, what comes in its place."""

from __future__ import annotations

from dataclasses import dataclass

_ENGINE = "layers/conclave/python/conclave"


_ENGINE_TESTS = (
    "tests/unit/conclave",
    "tests/unit/local/bedrock/guardrails/test_screened.py",
    "tests/simulation/test_guarantees.py",
    "tests/simulation/test_failures.py",
    # These ask for time limits or for other packages; a defect must be found for what it breaks.
    "--ignore=tests/unit/conclave/audit/test_anchoring.py",
    "--deselect=tests/unit/conclave/api/test_intake.py::test_a_crash_anywhere_loses_nothing_and_doubles_nothing",
)
_INFRA_TESTS = ("tests/infra/test_roles.py", "tests/infra/constructs/test_machine.py")
_OPERATORS_TESTS = ("tests/integration/functions/test_observed.py", "tests/unit/airline/test_models.py")


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect: a text that stands exactly once in a file, and its replacement.

    Attributes:
        name: What is wrong then.
        path: Of the file, from the root.
        sound: The text that stands there.
        broken: The text that comes in its place.
        tests: Arguments of pytest that select the tests which have to find it.
    """

    name: str
    path: str
    sound: str
    broken: str
    tests: tuple[str, ...]


def _engine(name: str, module: str, sound: str, broken: str) -> Defect:
    return Defect(name, f"{_ENGINE}/{module}.py", sound, broken, _ENGINE_TESTS)


def _infra(name: str, module: str, sound: str, broken: str) -> Defect:
    return Defect(name, f"infra/constructs/{module}.py", sound, broken, _INFRA_TESTS)


def _operators(name: str, path: str, sound: str, broken: str) -> Defect:
    """What an operator would not see, or would pay for."""
    return Defect(name, path, sound, broken, _OPERATORS_TESTS)


DEFECTS = (
    _engine(
        "a missing field complies",
        "deliberation/constraints",
        "not in fields:\n        return False",
        "not in fields:\n        return True",
    ),
    _engine(
        "what cannot be compared complies",
        "deliberation/constraints",
        "return _comparable(actual, value) and",
        "return not _comparable(actual, value) or",
    ),
    _engine(
        "complies inverted",
        "deliberation/constraints",
        "return holds(fields=option.fields",
        "return not holds(fields=option.fields",
    ),
    _engine(
        "violations inverted",
        "deliberation/constraints",
        "and not complies(option, each)",
        "and complies(option, each)",
    ),
    _engine("hard and soft swapped", "deliberation/constraints", "each.hard is hard and", "each.hard is not hard and"),
    _engine(
        "unite keeps one", "deliberation/constraints", "if known is None or", "if (known is None and not united) or"
    ),
    _engine(
        "soft wins over hard", "deliberation/constraints", "return not constraint.hard,", "return constraint.hard,"
    ),
    _engine(
        "constraints of failed agents dropped",
        "deliberation/collate",
        "*(each.constraints for each in everything)",
        "*(each.constraints for each in answered)",
    ),
    _engine(
        "only the last answer halts",
        "deliberation/collate",
        "halts=reasons_to_halt(everything, frame_gaps)",
        "halts=reasons_to_halt(current, frame_gaps)",
    ),
    _engine(
        "a failed safety agent does not halt",
        "deliberation/collate",
        "        if each.status is not AssessmentStatus.OK:\n            failure",
        "        if each.status is None:\n            failure",
    ),
    _engine(
        "a reject does not halt",
        "deliberation/collate",
        "if each.verdict is Verdict.REJECT:",
        "if each.verdict is None:",
    ),
    _engine(
        "business halts, safety does not",
        "deliberation/collate",
        "is not AgentKind.SAFETY:\n            continue",
        "is not AgentKind.BUSINESS:\n            continue",
    ),
    _engine(
        "a mandatory gap of an agent does not halt",
        "deliberation/collate",
        "for gap in each.gaps:\n            if gap.mandatory",
        "for gap in each.gaps:\n            if not gap",
    ),
    _engine(
        "a mandatory gap of the planner does not halt",
        "deliberation/collate",
        "for gap in frame_gaps:\n        if gap.mandatory",
        "for gap in frame_gaps:\n        if not gap",
    ),
    _engine(
        "soft constraints decide what is feasible",
        "deliberation/collate",
        "if not violations(option, constraints))",
        "if not violations(option, constraints, hard=False))",
    ),
    _engine(
        "nobody revises",
        "deliberation/collate",
        "() if phase is not Phase.RECOMMEND else",
        "() if phase is not Phase.ARBITRATE else",
    ),
    _engine("an infeasible choice passes", "deliberation/decide", "if chosen.violations:", "if not chosen:"),
    _engine("infeasible options are ranked", "deliberation/decide", "if option_id in feasible)", "if option_id)"),
    _engine(
        "approvals are skipped",
        "deliberation/decide",
        "for rule in rules_that_ask(by_id[chosen.option_id], approvals)",
        "for rule in rules_that_ask(by_id[chosen.option_id], approvals[:0])",
    ),
    _engine(
        "halts are ignored",
        "deliberation/decide",
        "reasons = (*collation.halts, *_refusals(",
        "reasons = (*(), *_refusals(",
    ),
    _engine(
        "the model's confidence is the score", "deliberation/decide", "total=chosen.total", "total=choice.confidence"
    ),
    _engine("a failed arbiter decides", "deliberation/decide", "if choice.failure is not None:", "if choice is None:"),
    _engine(
        "a degraded run is not marked",
        "deliberation/decide",
        "degraded=degraded,\n        options=scored,\n    )\n\n\ndef halted",
        "degraded=False,\n        options=scored,\n    )\n\n\ndef halted",
    ),
    _engine(
        "the model's verdict stands",
        "agents/answer_reader",
        "verdict=_strictest(verdict, *_least_verdicts(base, options, constraints))",
        "verdict=verdict",
    ),
    _engine(
        "checks do not run",
        "agents/assess",
        "in () if standing else run_checks(agent, context, pool, deadline, meter.elapsed):",
        "in ():",
    ),
    _engine(
        "constraints are lost with the model",
        "agents/assess",
        "constraints=unite(base.constraints, found.constraints)",
        "constraints=base.constraints",
    ),
    _engine("any tool can be called", "agents/assess", "if tool not in offered:", "if tool is None:"),
    _engine(
        "the model says what is hard",
        "agents/answer_reader",
        "hard=base.kind is AgentKind.SAFETY",
        'hard=bool(row.get("hard"))',
    ),
    _engine(
        "constraints without number",
        "agents/answer_reader",
        "if len(rows) > MAX_ADDED_CONSTRAINTS:",
        "if len(rows) < 0:",
    ),
    _engine(
        "errors quote the model",
        "agents/answer_reader",
        "fit its type ({type(error).__name__})",
        "fit its type ({error})",
    ),
    _engine(
        "any score",
        "agents/answer_reader",
        "return min(1.0, max(0.0, number)) if number == number else 0.0",
        "return number",
    ),
    _engine(
        "scores of other options",
        "agents/answer_reader",
        "in zip(shown, given, strict=True)",
        "in zip(reversed(shown), given, strict=True)",
    ),
    _engine(
        "escape sequences in a rationale",
        "agents/answer_reader",
        'rationale=presentable(answer.get("rationale"), RATIONALE_CHARACTERS)',
        'rationale=str(answer.get("rationale"))[:600]',
    ),
    _engine(
        "a failed check of a safety agent does not matter",
        "agents/checks",
        "mandatory = check and agent.kind is AgentKind.SAFETY",
        "mandatory = False",
    ),
    _engine(
        "dangerous tools run without consent",
        "agents/checks",
        "if tool.dangerous:",
        "if tool.dangerous and gate is not None:",
    ),
    _engine(
        "tools read any table",
        "agents/checks",
        "tables=ScopedTables(context.tables, tool.reads)",
        "tables=context.tables",
    ),
    _engine("consents never end", "agents/consent", "live = self.clock() < ends", "live = ends is not None"),
    _engine(
        "consents are used again",
        "agents/consent",
        "self._consents.pop(binding, None)",
        "self._consents.get(binding)",
    ),
    _engine(
        "consents fit any run", "agents/consent", '"run_id": run_id, "phase": phase}', '"run_id": "", "phase": phase}'
    ),
    _engine(
        "consents fit any arguments",
        "agents/consent",
        '"arguments": dict(arguments),',
        '"arguments": sorted(arguments),',
    ),
    _engine("consents fit any tool", "agents/consent", '"tool": tool,', '"tool": "",'),
    _engine("consents fit any agent", "agents/consent", '{"agent": agent,', '{"agent": "",'),
    _engine(
        "a stored consent is taken again",
        "agents/consent",
        "mine = bool(consent.id) and self.journal.once",
        "mine = bool(consent.id) or self.journal.once",
    ),
    _engine(
        "consents outlive their run",
        "agents/consent",
        "if run.status is not RunStatus.RUNNING or phase_over",
        "if phase_over",
    ),
    _engine(
        "consents outlive their phase",
        "agents/consent",
        "is not RunStatus.RUNNING or phase_over(run, self.phase):",
        "is not RunStatus.RUNNING:",
    ),
    _engine("nobody consents", "api/consent", "if not by:", "if by is None:"),
    _engine(
        "another call than the one seen is consented to",
        "api/consent",
        "if _binding(run_id, call) != call.binding:",
        "if not _binding(run_id, call):",
    ),
    _engine(
        "consents for a year", "api/consent", "if not 1 <= call.minutes <= MAX_MINUTES:", "if call.minutes is None:"
    ),
    _engine(
        "runs that are over take consents", "api/consent", "if run.status is not RunStatus.RUNNING:", "if not run:"
    ),
    _engine(
        "reporters approve what they reported",
        "approval/record",
        "if approval.asked_by and act.by == approval.asked_by:",
        "if approval.asked_by and not act.by:",
    ),
    _engine(
        "anybody approves",
        "approval/record",
        "if not set(act.groups) & set(approval.groups):",
        "if not approval.groups:",
    ),
    _engine("what was seen does not matter", "approval/record", "if act.seen != choice.seen:", "if not choice.seen:"),
    _engine(
        "approved after the deadline",
        "approval/record",
        "or act.at >= approval.deadline:",
        "or not approval.deadline:",
    ),
    _engine("one of two is enough", "approval/needs", ">= max(1, each.people) for", ">= 1 for"),
    _engine("nobody is enough", "approval/needs", "if not needs or not agreed:", "if not needs:"),
    _engine(
        "the second group may act at once",
        "approval/record",
        'stands_in = approval.escalation if approval.escalated else ""',
        "stands_in = approval.escalation",
    ),
    _engine("approvals wait for ever", "approval/record", "or now < approval.deadline:", "or now:"),
    _engine(
        "infeasible options can be chosen",
        "approval/seen",
        "        if figures.violations:\n",
        "        if not figures:\n",
    ),
    _engine("figures are not seen", "approval/seen", '            "fields": option.fields,\n', ""),
    _engine("constraints are not seen", "approval/seen", '            "constraints": predicates,\n', ""),
    _engine(
        "publish asks nobody",
        "steps/publish",
        "if proposal.status is RunStatus.APPROVAL_REQUIRED or (waits and not _allowed(records, proposal)):",
        "if proposal.status is RunStatus.RUNNING:",
    ),
    _engine(
        "what people agreed to is not looked at again",
        "steps/approving/settle",
        "and _same(context, now, again, approval):",
        "and again:",
    ),
    _engine(
        "acts overwrite each other",
        "records/runs",
        "run.fence != self.fence or run.approval != self.expected:",
        "run.fence != self.fence:",
    ),
    _engine(
        "published over an act",
        "records/runs",
        "mine = run.fence == self.fence and run.approval == self.approval",
        "mine = run.fence == self.fence",
    ),
    _engine(
        "what people say outlives the texts",
        "api/erasure",
        '    PersonAct: ("reason",),\n',
        "",
    ),
    _engine("programs act as people", "api/callers", "(not subject or _is_program(claims))", "not subject"),
    _engine("not a number is none", "agents/consent", "if not faithful:", "if faithful is None:"),
    _engine("a dangerous check", "pack/contradictions", "if check.dangerous:", "if check is None:"),
    _engine(
        "entries of others count",
        "records/untrusted_entries",
        "return entry if mine else None",
        "return entry",
    ),
    _engine(
        "who has no branch is skipped",
        "steps/collate",
        'status=FAILED, error="NoBranch"',
        'status=SKIPPED, error="NoBranch"',
    ),
    _engine(
        "everybody may be skipped",
        "steps/collate",
        "status == SKIPPED and asked is not None and agent.name not in asked:",
        "status == SKIPPED:",
    ),
    _engine(
        "the arbiter is asked in spite of a halt",
        "steps/collate",
        "arbitrate=bool(collation.feasible) and not halt",
        "arbitrate=bool(collation.feasible)",
    ),
    _engine(
        "old executions publish", "records/runs", "mine = run.fence == self.fence and", "mine = run.fence >= 0 and"
    ),
    _engine("old executions write", "testing/run_store", "stored[name][0] > fence:", "stored[name][0] < 0:"),
    _engine(
        "old entries replace new ones",
        "testing/journal",
        "each is not None and each[0] >= fence",
        "each is None and fence < 0",
    ),
    _engine("undeclared reads", "pack/tables", "if read not in self._reads:", "if not read:"),
    _engine(
        "reasons in prose go to the bus",
        "steps/publish",
        "[reason.code for reason in decision.reasons]",
        "[reason.detail for reason in decision.reasons]",
    ),
    _engine("brackets are not escaped", "untrusted/sections", '"<": "&lt;", ">": "&gt;"', '"<": "<", ">": ">"'),
    _engine("any plan", "steps/frame", "    _check_plan(pack, plan)\n", ""),
    _engine(
        "the guardrail is skipped at intake",
        "steps/frame",
        "against = screen.refuses(texts) if (texts := reported_texts(run, pack)) else ()",
        "against: Sequence[str] = ()",
    ),
    _engine(
        "typed incidents pass the guardrail",
        "steps/frame",
        "told = (run.text, *texts_at(run.incident, sorted(pack.free_text)))",
        "told = (run.text,)",
    ),
    _engine(
        "texts in lists are not erased",
        "pack/incident_fields",
        "    if isinstance(value, list | tuple):\n        kept",
        "    if isinstance(value, list | tuple):\n        return list(value)\n        kept",
    ),
    _engine(
        "texts in lists are not screened",
        "pack/incident_fields",
        "        for each in _listed(values.get(name)):",
        "        for each in [values.get(name)]:",
    ),
    _engine(
        "the guardrail looks at our words instead",
        "adapters/models/bedrock",
        "if piece.untrusted else",
        "if not piece.untrusted else",
    ),
    _engine(
        "facts are trusted", "agents/shown/facts", "untrusted=any(fact.text for fact in facts))", "untrusted=False)"
    ),
    _engine("keys stand twice", "untrusted/payload", "if len(read) != len(pairs):", "if len(read) > len(pairs):"),
    _engine("half characters come in", "untrusted/payload", "if _SURROGATES.search(text):", "if text is None:"),
    _engine("controls come in", "untrusted/payload", "if _CONTROLS.search(text):", "if text is None:"),
    _engine(
        "any number comes in", "untrusted/payload", "if not -MAX_NUMBER <= number <= MAX_NUMBER:", "if number is None:"
    ),
    _engine("an option of no numbers", "steps/frame", " and math.isfinite(value)", ""),
    _engine("an earlier claim still writes", "testing/run_store", "if run.fence > fence:", "if run.fence < 0:"),
    _engine("a key swallows another incident", "api/intake", "if not submission.is_of(run):", "if run is None:"),
    _engine(
        "nobody is asked when nobody can tell",
        "deliberation/decide",
        "comparison=opposite(rule.operator)",
        "comparison=rule.operator",
    ),
    _engine(
        "what a model called with travels",
        "agents/checks",
        "if _CODE.fullmatch(gap.item) else tool.name",
        "or tool.name",
    ),
    _engine("any depth comes in", "untrusted/payload", "if depth > MAX_DEPTH:", "if depth < 0:"),
    _engine("refusals quote what was sent", "codec", "{_QUOTED.sub('Invalid value', str(error))}", "{error}"),
    _engine(
        "texts are erased without an audit entry",
        "testing/run_store",
        'self._append(after(run, {**amendment.changes, "texts": amendment.texts}), amendment.act)',
        'self._runs[run.run_id] = after(run, {**amendment.changes, "texts": amendment.texts})',
    ),
    _engine(
        "the journal survives the erasure",
        "api/erasure",
        "    journal.remove(run.run_id, agents, [*phases, *map(texts_record, phases), *recordings])\n",
        "",
    ),
    _engine("facts survive the erasure", "api/erasure", '    Assessment: {"facts": ()},\n', ""),
    _engine("rationales survive the erasure", "api/erasure", '    Assessment: ("rationale",),\n', ""),
    _engine(
        "the report survives the erasure",
        "api/erasure",
        'return {"text": "", "incident"',
        'return {"text": records.run.text, "incident"',
    ),
    _engine(
        "running runs are erased",
        "api/erasure",
        "if records.run.status.open:",
        "if records.run.status is None:",
    ),
    _engine("nobody erases", "api/erasure", "if not by or not why:", "if why is None:"),
    _engine(
        "amendments in any state", "records/runs", "if run.texts is not amendment.expected:", "if run.texts is None:"
    ),
    _engine("texts without end", "api/intake", "if len(text) > MAX_TEXT_CHARACTERS:", "if len(text) < 0:"),
    _engine("what nobody sees is shown", "untrusted/plain_text", 'return _INVISIBLE.sub("", text)', "return text"),
    _engine(
        "errors quote what models wrote",
        "agents/assess",
        "said = str(error) if own else",
        "said = str(error) if error else",
    ),
    _engine(
        "long facts take an answer away",
        "steps/run_agent",
        "phase.value: entry_of(answer),",
        'phase.value: __import__("conclave.codec").codec.encode(answer),',
    ),
    _engine(
        "one branch speaks for another",
        "steps/collate",
        "for branch in branches if named.count(branch.agent) == 1}",
        "for branch in branches}",
    ),
    _engine(
        "whoever is asked may skip",
        "steps/collate",
        "asked is not None and agent.name not in asked:",
        "asked is not None:",
    ),
    _engine(
        "late answers outlive an erasure",
        "records/journal_entries",
        "if runs.get(run_id).texts is not TextState.KEPT:",
        "if not entries:",
    ),
    _engine("late texts are shown after an erasure", "api/queries", " if run.texts is TextState.KEPT else None", ""),
    _engine(
        "late answers are shown after an erasure",
        "api/documents",
        "entries if records.run.texts is TextState.KEPT else {}",
        "entries",
    ),
    _engine(
        "made-up options survive the erasure",
        "api/erasure",
        "_of_options(choice, records.frame) if choice",
        "choice if choice",
    ),
    _engine(
        "failures of framing quote the report", "steps/frame", "return error if own else", "return error if error else"
    ),
    _engine(
        "escape sequences in a justification",
        "agents/answer_reader",
        'justification=presentable(answer.get("justification"), JUSTIFICATION_CHARACTERS)',
        'justification=str(answer.get("justification"))[:JUSTIFICATION_CHARACTERS]',
    ),
    _engine(
        "facts of the agent before are kept",
        "agents/assess",
        "    facts = [fact for each in findings.executed for fact in each.result.facts]\n",
        "    own = [fact for each in findings.executed for fact in each.result.facts]\n"
        "    facts = own + assess.__dict__.get('kept', [])\n    assess.__dict__['kept'] = own\n",
    ),
    _engine(
        "words of a function in the audit",
        "steps/audit_entries",
        'return said if _WORD.fullmatch(said) else ""',
        "return said",
    ),
    _engine(
        "a call is made whatever it may cost",
        "money/ledger",
        "if worst > before.left:",
        "if worst > before.limit:",
    ),
    _engine(
        "a call of which nobody heard is forgotten",
        "agents/meter",
        "reserved_usd=0.0 if known else usd(worst)",
        "reserved_usd=0.0",
    ),
    _engine(
        "a slice is given twice",
        "records/accounts",
        "if journal.once(run_id, agent, record, data):",
        "if journal.once(run_id, agent, record, data) or number == 1:",
    ),
    _engine(
        "the dead cost nothing",
        "records/accounts",
        "agent_limit(manifest, agent, 1) * max(0, taken - answered)",
        "agent_limit(manifest, agent, 1) * 0",
    ),
    _engine(
        "a safety agent keeps its answer when its money is gone",
        "steps/run_agent",
        "if not out_of_money(answer.failure) or answer.kind is not AgentKind.BUSINESS:",
        "if not out_of_money(answer.failure):",
    ),
    _engine(
        "intake does not mind what is spent",
        "money/spending",
        "if max(shares) >= 1:",
        "if max(shares) >= 100:",
    ),
    _engine(
        "a budget that is spent stops nobody",
        "money/spending",
        "if budget is Level.SPENT:",
        "if budget is None:",
    ),
    _engine(
        "the budget of last month holds for ever",
        "money/budget",
        'if of_month in ("", now[:7]) else',
        "if of_month or now else",
    ),
    _engine(
        "a notice that comes again overrules a person",
        "configuration/heeding",
        "    if heeded:\n",
        "    if heeded is None:\n",
    ),
    _engine(
        "notices of any account are heeded",
        "configuration/heeding",
        "if notice.account != account:",
        "if not notice.account:",
    ),
    _engine(
        "what is only expected stops intake",
        "money/budget",
        "percent = 0 if self.forecast else",
        "percent = 0 if not self.amount else",
    ),
    _engine(
        "a model that was too dear passes for one that was not asked",
        "routing/stand_ins",
        "if wanted in too_dear:",
        "if wanted in () and too_dear:",
    ),
    _engine(
        "agents that had no money are not counted",
        "records/reported",
        "    if out_of_money(answer.failure):\n",
        "    if out_of_money(None):\n",
    ),
    _engine(
        "models without a price may be asked",
        "agents/prices",
        "for model in self.tiers.values():",
        "for model in ():",
    ),
    _infra(
        "a function says whose answer it is",
        "phase_machine",
        '        result=["status"],\n',
        '        result=["agent", "status"],\n',
    ),
    _infra(
        "a Choice on a model's answer",
        "phase_machine",
        '"BooleanEquals": True',
        '"StringEquals": "approve"',
    ),
    _infra(
        "agents may write where they read",
        "permissions",
        'return allow([f"dynamodb:{action}" for action in actions]',
        'return allow([f"dynamodb:{action}" for action in (*actions, "PutItem")]',
    ),
    _infra(
        "who erases texts deletes at will",
        "permissions",
        'return allow(["dynamodb:DeleteItem"], [journal.table_arn], _IN_TRANSACTIONS)',
        'return allow(["dynamodb:DeleteItem"], [journal.table_arn])',
    ),
    _infra(
        "indexes of every table",
        "permissions",
        'return allow(["dynamodb:Query"], [f"{table.table_arn}/index/{index}" for index in indexes])',
        'return allow(["dynamodb:Query"], [f"{table.table_arn}/index/*"])',
    ),
    _infra(
        "events in anybody's name",
        "permissions",
        '[bus.event_bus_arn], _all_values("StringEquals", wanted))',
        "[bus.event_bus_arn])",
    ),
    _infra(
        "an agent writes any entry of the journal",
        "permissions",
        '_all_values("StringLike", {"dynamodb:LeadingKeys": f"*#{agent}"}),',
        "None,",
    ),
    _engine(
        "a fork is announced as a decision",
        "steps/publish",
        "    if run.fork:\n        bus.send(",
        "    if not run:\n        bus.send(",
    ),
    _engine(
        "people are asked about a fork",
        "steps/decide",
        "is RunStatus.APPROVAL_REQUIRED and not records.run.fork",
        "is RunStatus.APPROVAL_REQUIRED",
    ),
    _engine(
        "a fork pays again for what it takes over",
        "deliberation/forking",
        "structs.replace(assessment, usage=Usage(), ",
        "structs.replace(assessment, ",
    ),
    _engine(
        "erasing leaves what forks took over",
        "api/erasure",
        "        found.append(fork)\n",
        "        found[:] = found\n",
    ),
    _operators(
        "the tracer is silent",
        f"{_ENGINE}/functions/observability.py",
        "return XRayTracer(daemon) if daemon and not off else SilentTracer()",
        "return XRayTracer(daemon) if daemon and off else SilentTracer()",
    ),
    _operators(
        "publish counts nothing",
        f"{_ENGINE}/steps/publish.py",
        "    report_run(run, decision, observe)\n",
        "    report_run(run, decision, unobserved)\n",
    ),
    _operators(
        "sonnet where haiku is meant",
        f"{_ENGINE}/agents/models.json",
        '"fast": "global.anthropic.claude-haiku-5-5"',
        '"fast": "global.anthropic.claude-sonnet-5-5"',
    ),
    _operators(
        "the arbiter on the fast tier",
        "layers/packs/python/packs/airline/agents.py",
        'tier="reasoning"',
        'tier="fast"',
    ),
    _operators(
        "no correlation id in the log of an agent",
        "lambdas/run_agent/handler.py",
        'inject_lambda_context(correlation_id_path="correlation_id", clear_state=True)',
        "inject_lambda_context(clear_state=True)",
    ),
)
