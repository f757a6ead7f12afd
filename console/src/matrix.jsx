// The matrix of rules against options. A cell opens its rule, where it stands, and the evidence that it rests on.
import { useRef, useState } from "preact/hooks";
import { cell, demand, titled } from "./format.js";
import { Badge, Pairs, Wide, Window } from "./parts.jsx";

const SIGNS = { holds: ["✓", "holds"], broken: ["✕", "breaks it"], soft: ["!", "breaks it, but it is soft"], absent: ["·", "does not apply"] };

export function Matrix({ run, picture, missing, options }) {
  const [open, setOpen] = useState(null);
  const [at, setAt] = useState([]);
  const body = useRef(null);
  const agents = new Map(run.agents.map((agent) => [agent.name, agent.title]));
  const rules = [...run.constraints].sort((one, other) => count(options, other) - count(options, one) || one.id.localeCompare(other.id));
  // The cell that Tab leads to, by its rule and option: both may stand elsewhere after the run was read again.
  const [atRow, atColumn] = [place(rules, at[0]), place(options, at[1])];
  const focus = (row, column) => {
    const to = [Math.min(Math.max(row, 0), rules.length - 1), Math.min(Math.max(column, 0), options.length - 1)];
    body.current.querySelector(`[data-at="${to.join()}"]`)?.focus();
  };
  const moved = (event) => {
    const [row, column] = event.target.dataset.at.split(",").map(Number);
    const to = { ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], Home: [row, 0], End: [row, options.length - 1] }[event.key];
    if (!to) return;
    event.preventDefault();
    focus(...to);
  };
  const opened = open && cellOf(rules, options, open);
  return (
    <>
      <h2>{rules.length} rules, {options.length} options</h2>
      <ul class="legend" aria-label="Signs">{Object.entries(SIGNS).map(([name, [sign, said]]) => <li key={name}><span class={`sign ${name}`}>{sign}</span> {said}</li>)}</ul>
      <p class="quiet">Arrow keys move in the table, Enter opens a cell.</p>
      <Wide label="Rules against options">
        <table class="matrix" role="grid" aria-label="Rules against options" aria-rowcount={rules.length + 1} aria-colcount={options.length + 1}>
          <thead><tr><th scope="col">Rule</th>{options.map((option) => <th key={option.id} scope="col" class={option.id === run.decision?.option_id ? "chosen" : ""}><abbr title={option.summary}>{option.id}</abbr></th>)}</tr></thead>
          <tbody ref={body} onKeyDown={moved}>
            {rules.map((rule, row) => (
              <tr key={rule.id}>
                <th scope="row"><span>{demand(fieldOf(run, rule), rule)}</span><small>{rule.hard ? "" : "soft, "}{agents.get(rule.agent) ?? titled(rule.agent)}</small></th>
                {options.map((option, column) => {
                  const state = stateOf(option, rule);
                  const [sign, said] = SIGNS[state];
                  return (
                    <td key={option.id} role="gridcell">
                      <button class={`sign ${state}`} data-at={`${row},${column}`} tabIndex={row === atRow && column === atColumn ? 0 : -1}
                        aria-label={`${option.id}, ${rule.id}: ${said}`} onFocus={() => setAt([rule.id, option.id])} onClick={() => setOpen([rule.id, option.id])}>{sign}</button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {opened && <CellWindow run={run} picture={picture} missing={missing} agents={agents} {...opened} onClose={() => setOpen(null)} />}
    </>
  );
}

const place = (all, id) => Math.max(0, all.findIndex((each) => each.id === id));
const count = (options, rule) => options.filter((option) => option.violations.includes(rule.id)).length;
const fieldOf = (run, rule) => run.fields.find((field) => field.name === rule.field) ?? { name: rule.field, unit: rule.unit, description: "" };

function stateOf(option, rule) {
  if (option.violations.includes(rule.id)) return "broken";
  if (option.soft_violations.includes(rule.id)) return "soft";
  return option.fields[rule.field] === null || option.fields[rule.field] === undefined ? "absent" : "holds";
}

/** Why there is no evidence to show. */
function without(run, picture, missing) {
  if (run.texts !== "kept") return "Erased with the texts of the run.";
  if (picture) return "The run kept no more of it.";
  return missing ? `It could not be loaded: ${missing.message}` : "Loading …";
}

/** A cell as the run says it now: an open window shows nothing that the run does not have any more. */
function cellOf(rules, options, [ruleId, optionId]) {
  const [rule, option] = [rules.find((each) => each.id === ruleId), options.find((each) => each.id === optionId)];
  return rule && option ? { rule, option, state: stateOf(option, rule) } : null;
}

function CellWindow({ run, picture, missing, agents, rule, option, state, onClose }) {
  const field = fieldOf(run, rule);
  const fact = picture?.evidence.find((each) => each.agent === rule.agent && each.id === rule.evidence_id);
  return (
    <Window title={`${option.id} and ${rule.id}`} onClose={onClose}>
      <p><Badge tone={{ broken: "bad", soft: "ask", holds: "good", absent: "plain" }[state]}>{SIGNS[state][1]}</Badge> {option.summary}</p>
      <h3>Rule</h3>
      <Pairs pairs={[
        ["Says", rule.reason || "–"],
        ["Demands", demand(field, rule)],
        ["The option has", cell(option.fields[rule.field], field.unit)],
        ["Field", field.description || rule.field],
        ["Weight", rule.hard ? "hard: an option that breaks it cannot be chosen" : "soft: it is shown, and costs nothing"],
        ["Source", rule.source || "–"],
        ["Brought by", `${agents.get(rule.agent) ?? titled(rule.agent)}${rule.id.startsWith("model:") ? ", found by its model in a text" : ", by a check"}`],
      ]} />
      <h3>Evidence</h3>
      <p><code>{rule.evidence_id || "none"}</code></p>
      {fact ? <><Pairs pairs={Object.entries(fact.values).map(([name, value]) => [titled(name), cell(value)])} />{fact.text && <blockquote>{fact.text}</blockquote>}</>
        : <p class="quiet">{without(run, picture, missing)}</p>}
    </Window>
  );
}
