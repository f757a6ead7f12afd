// The options side by side: what a person compares first, their scores as bars, what they break; and everything about one.
import { useState } from "preact/hooks";
import { cell, fieldTitle, figures, NOTHING, share, titled } from "./format.js";
import { Badge, Pairs, Wide } from "./parts.jsx";

const BAR_WIDTH = 120;

export function Options({ run, picture, options, selected, onSelect }) {
  const [sorted, setSorted] = useState(null);
  const shown = figures(run, picture);
  const scored = Object.keys(options[0]?.scores ?? {});
  const dimensions = picture?.dimensions ?? scored.map((name) => ({ name, weight: null }));
  const rows = sorted ? [...options].sort(by(sorted)) : options;
  const sortable = (name, title, right = true) => (
    <th key={name} scope="col" class={right ? "right" : ""} aria-sort={sorted?.name === name ? (sorted.up ? "ascending" : "descending") : "none"}>
      <button class="plain" onClick={() => setSorted(sorted?.name === name && !sorted.up ? null : { name, up: sorted?.name !== name })}>{title}</button>
    </th>
  );
  return (
    <>
      <h2>{options.length} options</h2>
      <Legend dimensions={dimensions} />
      <Wide label="Options">
        <table class="options">
          <thead><tr>
            <th scope="col">Option</th>
            {shown.map((field) => sortable(field.name, fieldTitle(field)))}
            {sortable("total", "Score", false)}
            <th scope="col">Breaks</th>
          </tr></thead>
          <tbody>
            {rows.map((option) => (
              <tr key={option.id} class={`${option.id === run.decision?.option_id ? "chosen" : ""} ${option.violations.length ? "broken" : ""} ${option.id === selected?.id ? "selected" : ""}`}>
                <th scope="row">
                  <button class="plain" aria-pressed={option.id === selected?.id} onClick={() => onSelect(option.id)}><b>{option.id}</b> {option.summary}</button>
                  {option.id === run.decision?.option_id && (run.status === "decided" ? <Badge tone="good">chosen</Badge> : <Badge tone="ask">proposed</Badge>)}
                </th>
                {shown.map((field) => <td key={field.name} class="right">{cell(option.fields[field.name], field.unit)}</td>)}
                <td><ScoreBar option={option} dimensions={dimensions} /></td>
                <td>{option.violations.length ? <span class="bad">{option.violations.length} {option.violations.length > 1 ? "rules" : "rule"}</span> : <span class="quiet">none</span>}
                  {option.soft_violations.length ? <small>{option.soft_violations.length} soft</small> : null}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {selected && <Detail run={run} option={selected} dimensions={dimensions} />}
    </>
  );
}

const by = ({ name, up }) => (one, other) => {
  const value = (option) => (name === "total" ? option.total : option.fields[name]);
  const [a, b] = [value(one), value(other)];
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return (a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1);
};

function Legend({ dimensions }) {
  return <ul class="legend" aria-label="Dimensions of the score">{dimensions.map((each, index) => <li key={each.name}><i class={`swatch dimension-${index % 6}`} /> {titled(each.name)} {each.weight !== null && <span class="quiet">{each.weight.toFixed(2)}</span>}</li>)}</ul>;
}

/** The total as a bar of its parts: each as long as it weighs in the total. */
function ScoreBar({ option, dimensions }) {
  let at = 0;
  const parts = dimensions.map((each, index) => {
    const width = (option.scores[each.name] ?? 0) * (each.weight ?? 1 / dimensions.length) * BAR_WIDTH;
    const part = { name: each.name, x: at, width, index };
    at += width;
    return part;
  });
  const told = dimensions.map((each) => `${each.name} ${share(option.scores[each.name])}`).join(", ");
  return (
    <span class="score">
      <svg width={BAR_WIDTH} height="12" viewBox={`0 0 ${BAR_WIDTH} 12`} role="img" aria-label={told}>
        <rect class="rail" width={BAR_WIDTH} height="12" />
        {parts.map((part) => <rect key={part.name} class={`dimension-${part.index % 6}`} x={part.x} width={Math.max(0, part.width - 1)} height="12" />)}
      </svg>
      <b>{option.total.toFixed(3)}</b>
    </span>
  );
}

function Detail({ run, option, dimensions }) {
  const culprits = new Set(run.constraints.filter((each) => option.violations.includes(each.id)).map((each) => each.field));
  return (
    <section class="detail" aria-label={`Option ${option.id}`}>
      <h3><b>{option.id}</b> {option.summary}</h3>
      <div class="columns">
        <div><h4>Scores</h4><Pairs pairs={[...dimensions.map((each) => [titled(each.name), share(option.scores[each.name])]), ["Total", share(option.total)]]} /></div>
        <div><h4>What would be done</h4><Pairs pairs={[["Action", titled(option.action)], ...Object.entries(option.parameters).filter(([, value]) => value !== "").map(([name, value]) => [titled(name), cell(value)])]} /></div>
        <div class="two"><h4>Every field</h4>
          <Pairs pairs={run.fields.filter((field) => option.fields[field.name] !== null).map((field) => [
            <abbr key="t" title={field.description}>{fieldTitle(field)}</abbr>,
            <span key="v" class={culprits.has(field.name) ? "bad" : ""}>{cell(option.fields[field.name], field.unit) || NOTHING}</span>,
          ])} />
        </div>
      </div>
    </section>
  );
}
