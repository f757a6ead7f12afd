// Chooses the option that a picture shows.
import { Badge } from "./parts.jsx";

export function Picker({ options, selected, onSelect }) {
  const at = options.findIndex((option) => option.id === selected?.id);
  const step = (by) => onSelect(options[(at + by + options.length) % options.length].id);
  return (
    <div class="picker">
      <button onClick={() => step(-1)} aria-label="Option before">‹</button>
      <label class="grow"><span class="unseen">Option</span>
        <select value={selected?.id} onChange={(event) => onSelect(event.currentTarget.value)}>
          {options.map((option) => <option key={option.id} value={option.id}>{option.id} {option.summary}{option.violations.length ? " (breaks rules)" : ""}</option>)}
        </select>
      </label>
      <button onClick={() => step(1)} aria-label="Next option">›</button>
      {selected?.violations.length ? <Badge tone="bad">breaks {selected.violations.length}</Badge> : <Badge tone="good">possible</Badge>}
    </div>
  );
}

export const STATES = { planned: "as planned", moved: "changed", added: "added", dropped: "does not take place" };

export function StateLegend({ states, lines = false }) {
  return (
    <ul class="legend" aria-label="What the colours mean">
      {states.map((state) => (
        <li key={state}>
          <svg width="22" height="12" aria-hidden="true">
            {lines ? <line class={`way ${state}`} x1="0" y1="6" x2="22" y2="6" /> : <rect class={`bar ${state}`} x="1" y="1" width="20" height="10" rx="2" />}
          </svg> {state === "ghost" ? "planned, replaced" : STATES[state]}
        </li>
      ))}
    </ul>
  );
}

const kindOf = (bar) => bar.lane.split("/", 1)[0];

/**
 * The bars of an option: its own, and of what is planned what it leaves; what it replaces is marked as a ghost.
 * A bar of an option stands for the planned one of the same subject on a line of the same kind.
 */
export function barsOf({ drawing }, option) {
  const read = (numbers) => (numbers ?? []).map((number) => ({ state: "planned", origin: "", destination: "", ...drawing.bars[number] }));
  const own = read(drawing.options[option?.id]);
  const replaced = new Set(own.map((bar) => `${kindOf(bar)} ${bar.subject}`));
  const planned = read(drawing.planned).map((bar) => (replaced.has(`${kindOf(bar)} ${bar.subject}`) ? { ...bar, state: "ghost" } : bar));
  return [...planned, ...own];
}
