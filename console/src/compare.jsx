// A run beside another one, such as a fork of it: what is other stands in a table, what is the same in one line.
import { useState } from "preact/hooks";
import { getRun, useLoaded } from "./api.js";
import { compared } from "./comparison.js";
import { cell, demand, duration, fieldTitle, NOTHING, titled, usd, words } from "./format.js";
import { Badge, Failure, Status, Waiting, Wide } from "./parts.jsx";

const MONEY = ["cost_usd", "reserved_usd"];

export function Compare({ pack, run, other: id, onCompare }) {
  const loaded = useLoaded((signal) => getRun(pack, id, signal), id && id !== run.run_id ? `${id}/${run.texts}` : "");
  return (
    <>
      <h2>Beside another run</h2>
      <Choose run={run} other={id} onCompare={onCompare} />
      {loaded.error && <Failure error={loaded.error} />}
      {id && !loaded.data && !loaded.error && id !== run.run_id && <Waiting what="the other run" />}
      {loaded.data && <SideBySide run={run} other={loaded.data} />}
    </>
  );
}

/** The parent of the run and its forks to choose from, or any other run by its id. */
function Choose({ run, other, onCompare }) {
  const [typed, setTyped] = useState(other);
  const known = [...(run.fork ? [[run.fork.of, "its parent"]] : []), ...(run.forks ?? []).map((name) => [name, "a fork of it"])];
  return (
    <form class="filters" onSubmit={(event) => { event.preventDefault(); onCompare(typed.trim()); }}>
      {known.length > 0 && (
        <label>Related runs
          <select value={known.some(([name]) => name === other) ? other : ""} onChange={(event) => { setTyped(event.currentTarget.value); onCompare(event.currentTarget.value); }}>
            <option value="">choose</option>
            {known.map(([name, what]) => <option key={name} value={name}>{name}, {what}</option>)}
          </select>
        </label>
      )}
      <label class="grow">Run
        <input value={typed} onInput={(event) => setTyped(event.currentTarget.value)} placeholder="id of another run" />
      </label>
      <button>Compare</button>
    </form>
  );
}

function SideBySide({ run, other }) {
  const found = compared(run, other);
  const rows = rowsOf(found, run);
  const columns = [[run, found.runs[0]], [other, found.runs[1]]];
  return (
    <>
      <Wide label="Two runs side by side">
        <table class="compared" aria-label="Two runs side by side">
          <thead>
            <tr><td />{columns.map(([each, told]) => (
              <th key={each.run_id} scope="col">{each.run_id} <Status status={each.status} />
                <small>{told.fork ? `a fork of ${told.fork.of} from ${told.fork.from}, came out as ${words(told.outcome)}` : words(told.outcome)}{each.texts === "kept" ? "" : ", texts erased"}</small>
                {changesOf(told.fork, run.fields).map((line) => <small key={line}><Badge>{line}</Badge></small>)}
              </th>
            ))}</tr>
          </thead>
          {rows.map(([part, lines]) => (
            <tbody key={part}>
              <tr><th scope="rowgroup" colSpan={3}><b>{titled(part)}</b></th></tr>
              {lines.map(([name, one, two], index) => <tr key={index}><th scope="row">{name}</th><td>{one}</td><td>{two}</td></tr>)}
            </tbody>
          ))}
        </table>
      </Wide>
      <p class="quiet" role="status">{sameLine(found)}</p>
    </>
  );
}

const changesOf = (fork, fields) => fork === null ? [] : [
  ...Object.entries(fork.models ?? {}).map(([agent, tier]) => `model of ${words(agent)}: ${tier}`),
  ...(fork.prompts ?? []).map((each) => `prompt of ${words(each.agent)}: ${each.instead ? "in place of its role" : "added"}`),
  ...(fork.constraints ?? []).map((each) => `rule: ${ruleOf(each, fields)}`),
  ...(fork.fields ?? []).map((each) => `${each.option_id}: ${words(each.field)} is ${cell(each.value)}`),
  ...Object.entries(fork.configured ?? {}).map(([path, value]) => `setting ${path}: ${value}`),
];

const fieldOf = (fields, { field: name, unit = "" }) => fields.find((field) => field.name === name) ?? { name, unit };
const ruleOf = (each, fields) => `${demand(fieldOf(fields, each), { ...each, unit: each.unit || fieldOf(fields, each).unit })}${each.hard === false ? ", soft" : ""}`;
const shown = (value) => Array.isArray(value) ? value.map((each) => words(String(each))).join(" ") || NOTHING
  : typeof value === "number" && !Number.isInteger(value) ? value.toFixed(3) : cell(value);
const inColumn = (text, where) => (where === "first" ? [text, NOTHING] : [NOTHING, text]);

/** Parts with their lines: a name, and what each run has. */
function rowsOf(found, run) {
  const titleOf = (name) => fieldTitle(fieldOf(run.fields, { field: name }));
  const parts = {
    decision: Object.entries(found.ranking).map(([name, pair]) => [titled(name), ...pair.map(shown)]),
    incident: found.incident.map((name) => [titled(name), "differs", "differs"]),
    options: found.options.flatMap((option) => option.in !== "both" ? [[option.id, ...inColumn("there", option.in)]] : [
      ...Object.entries(option.fields).map(([name, pair]) => [`${option.id}: ${titleOf(name)}`, ...pair.map((each) => cell(each))]),
      ...Object.entries(option.scores).map(([name, pair]) => [`${option.id}: score, ${words(name)}`, ...pair.map(shown)]),
      ...(option.violations.length ? [[`${option.id}: breaks`, ...option.violations.map((each) => `${each.length} rules`)]] : []),
    ]),
    rules: ["first", "second"].flatMap((where) => found.constraints[where].map((each) => [titled(each.agent || each.source), ...inColumn(ruleOf(each, run.fields), where)])),
    agents: found.assessments.flatMap((each) => {
      const whose = `${titled(each.agent)}, ${words(each.phase)}`;
      if (each.in !== "both") return [[whose, ...inColumn("answered", each.in)]];
      return Object.entries(each).flatMap(([name, pair]) => name === "rationale" ? [[`${whose}: rationale`, "differs", "differs"]]
        : Array.isArray(pair) ? [[`${whose}: ${words(name)}`, ...pair.map(shown)]] : []);
    }),
    cost: Object.entries(found.cost).map(([name, pair]) => [titled(name.replace(/_usd$/, "")), ...pair.map((each) => (MONEY.includes(name) ? usd(each) : cell(each)))]),
    durations: Object.entries(found.durations).map(([name, pair]) => [titled(name), ...pair.map((each) => (each === null ? NOTHING : duration(each)))]),
  };
  return Object.entries(parts).filter(([, lines]) => lines.length);
}

function sameLine(found) {
  const counts = { options: `${found.runs[0].options} options`, constraints: `${found.constraints.both} rules` };
  const same = found.same.map((name) => counts[name] ?? name);
  return same.length ? `The same in both: ${same.join(", ")}.` : "Nothing is the same in both.";
}
