// Two runs side by side, as `conclave diff` has them (cli/comparison.py): a test holds that both say the same.
const ASSESSED = ["status", "verdict", "stance", "confidence", "model", "reused"];
const SPENT = ["model_calls", "input_tokens", "output_tokens", "cache_read_tokens", "cost_usd", "reserved_usd"];
const PREDICATE = ["id", "field", "operator", "value", "unit", "hard", "source", "agent"];
const KEPT = "kept";

/** Where two runs differ. A pair is `[of the first, of the second]`; `null` stands where a run has no such thing. */
export function compared(first, second) {
  const runs = [first, second];
  const parts = {
    incident: incident(runs),
    options: options(runs),
    constraints: constraints(runs),
    assessments: assessments(runs),
    ranking: ranking(runs),
    cost: differing(SPENT.map((name) => [name, runs.map((run) => run.totals?.[name] ?? null)])),
    durations: differing(durations(runs)),
  };
  const equal = { constraints: !parts.constraints.first.length && !parts.constraints.second.length };
  const same = Object.keys(parts).filter((name) => equal[name] ?? !(parts[name].length ?? Object.keys(parts[name]).length));
  return { runs: runs.map(head), related: related(runs), same, ...parts };
}

function head(run) {
  const { head: _, outcome, ...fork } = run.fork ?? {};
  if (fork.prompts?.length) fork.prompts = fork.prompts.map(({ agent, instead }) => ({ agent, instead }));
  return {
    run_id: run.run_id ?? null, status: run.status ?? null, created_at: run.created_at ?? null, texts: run.texts ?? null, degraded: run.degraded ?? null,
    outcome: outcome || (run.status ?? null),
    reasons: (run.reasons ?? []).map((each) => each.code),
    fork: Object.keys(fork).length ? fork : null,
    options: (run.options ?? []).length, constraints: (run.constraints ?? []).length,
  };
}

function related(runs) {
  const [one, other] = runs.map((run) => run.fork?.of ?? null);
  if (other !== null && other === runs[0].run_id) return "fork";
  if (one !== null && one === runs[1].run_id) return "parent";
  return one !== null && one === other ? "forks" : "";
}

function incident(runs) {
  if (runs.some((run) => run.texts !== KEPT)) return [];
  const [one, other] = runs.map((run) => run.incident ?? {});
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort().filter((name) => !alike(one[name] ?? null, other[name] ?? null));
}

function options(runs) {
  return paired(runs, "options", (each) => each.id).flatMap(([id, pair]) => {
    const broken = pair.map((each) => [...(each?.violations ?? [])].sort());
    const entry = {
      fields: differing(ofMaps(pair, "fields")),
      scores: differing([...ofMaps(pair, "scores"), ["total", pair.map((each) => each?.total ?? null)]]),
      violations: alike(...broken) ? [] : broken,
    };
    if (pair.includes(null)) return [{ id, in: where(pair) }];
    const other = Object.keys(entry.fields).length || Object.keys(entry.scores).length || entry.violations.length;
    return other ? [{ id, in: "both", ...entry }] : [];
  });
}

function constraints(runs) {
  const key = (each) => JSON.stringify(PREDICATE.slice(0, 6).map((name) => each[name] ?? null));
  const pairs = paired(runs, "constraints", key).map(([, pair]) => pair.map((each) => each && Object.fromEntries(PREDICATE.map((name) => [name, each[name] ?? null]))));
  return {
    both: pairs.filter((pair) => !pair.includes(null)).length,
    first: pairs.filter(([, other]) => other === null).map(([one]) => one),
    second: pairs.filter(([one]) => one === null).map(([, other]) => other),
  };
}

function assessments(runs) {
  const kept = runs.every((run) => run.texts === KEPT);
  return paired(runs, "agents", (each) => `${each.phase} ${each.name}`).flatMap(([, pair]) => {
    const there = pair.find((each) => each !== null);
    const whose = { agent: there.name, phase: there.phase, in: where(pair) };
    if (pair.includes(null)) return [whose];
    const entry = differing(ASSESSED.map((name) => [name, pair.map((each) => each[name] ?? null)]));
    if (kept && pair[0].rationale !== pair[1].rationale) entry.rationale = "differs";
    return Object.keys(entry).length ? [{ ...whose, ...entry }] : [];
  });
}

function ranking(runs) {
  const heads = runs.map(head);
  const names = ["option_id", "ranking", "total", "confidence"];
  return differing([
    ["outcome", heads.map((each) => each.outcome)],
    ["reasons", heads.map((each) => each.reasons)],
    ...names.map((name) => [name, runs.map((run) => run.decision?.[name] ?? null)]),
  ]);
}

function durations(runs) {
  const byPhase = runs.map((run) => new Map((run.phases ?? []).map((phase) => [phase.name, phase.duration_seconds])));
  const names = [...new Set(byPhase.flatMap((each) => [...each.keys()]))];
  return [
    ...names.map((name) => [name, byPhase.map((each) => each.get(name) ?? null)]),
    ["total", runs.map((run) => run.totals?.duration_seconds ?? null)],
  ];
}

/** The entries of a part of both runs by key, those of the first in their order, then what only the second has. */
function paired(runs, part, key) {
  const [one, other] = runs.map((run) => new Map((run[part] ?? []).map((each) => [key(each), each])));
  return [...new Set([...one.keys(), ...other.keys()])].map((name) => [name, [one.get(name) ?? null, other.get(name) ?? null]]);
}

function ofMaps(pair, part) {
  const maps = pair.map((each) => each?.[part] ?? {});
  return [...new Set(maps.flatMap((each) => Object.keys(each)))].map((name) => [name, maps.map((each) => each[name] ?? null)]);
}

const alike = (one, other) => canonical(one) === canonical(other);
const canonical = (value) => JSON.stringify(value, (_, each) => (each && typeof each === "object" && !Array.isArray(each)
  ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1))) : each));
const differing = (pairs) => Object.fromEntries(pairs.filter(([, pair]) => !alike(...pair)));
const where = ([one, other]) => (one === null ? "second" : other === null ? "first" : "both");
