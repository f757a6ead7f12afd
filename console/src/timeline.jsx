// The timeline of an option: lines of the kinds that the pack declares, bars for what takes time on them.
import { useMemo, useState } from "preact/hooks";
import { clock, moment, titled } from "./format.js";
import { Wide } from "./parts.jsx";
import { barsOf, Picker, StateLegend, STATES } from "./picker.jsx";

const HOUR = 3600000;
const LABELS = 92;
const LINE = 26;
const HEAD = 18;
const LETTER = 6.2;
const ROOM = 1096;

export function Timeline({ picture, options, selected, onSelect }) {
  const [every, setEvery] = useState(false);
  const bars = useMemo(() => barsOf(picture, selected), [picture, selected?.id]);
  const touched = new Set(bars.filter((bar) => bar.state !== "planned").map((bar) => bar.lane));
  const kinds = picture.picture.lanes;
  const shown = every ? bars : bars.filter((bar) => touched.has(bar.lane) || (bar.origin === "" && bar.state === "planned"));
  const groups = kinds.map((kind) => ({ ...kind, lanes: lanesOf(shown, kind.name) })).filter((group) => group.lanes.length);
  return (
    <>
      <h2>Timeline</h2>
      <Picker options={options} selected={selected} onSelect={onSelect} />
      <div class="row"><StateLegend states={["planned", "moved", "added", "dropped", "ghost"]} />
        <label class="inline"><input type="checkbox" checked={every} onChange={(event) => setEvery(event.currentTarget.checked)} /> every line that options use</label></div>
      {shown.length ? <Wide label="Timeline"><Chart groups={groups} bars={shown} told={`Timeline of option ${selected?.id}: ${selected?.summary}`} /></Wide> : <p class="quiet">This option changes nothing that takes time.</p>}
      <AsTable bars={shown} planned={bars} />
    </>
  );
}

const lanesOf = (bars, kind) => [...new Set(bars.map((bar) => bar.lane))].filter((lane) => lane.startsWith(`${kind}/`)).sort();
const at = (text) => new Date(text).getTime();

function Chart({ groups, bars, told }) {
  const first = Math.floor(Math.min(...bars.map((bar) => at(bar.start))) / HOUR) * HOUR;
  const last = Math.ceil(Math.max(...bars.map((bar) => at(bar.end))) / HOUR) * HOUR;
  const hours = Math.max(1, (last - first) / HOUR);
  const perHour = Math.max(16, Math.min(90, ROOM / hours));
  const width = LABELS + hours * perHour + 8;
  const x = (time) => LABELS + ((time - first) / HOUR) * perHour;
  let y = 30;
  const placed = groups.map((group) => {
    const top = y;
    y += HEAD;
    const lanes = group.lanes.map((lane) => {
      const mine = { lane, y };
      y += LINE;
      return mine;
    });
    y += 6;
    return { ...group, top, placed: lanes };
  });
  const tick = [1, 2, 3, 6, 12, 24].find((each) => each * perHour >= 48) ?? 24;
  const ticks = [];
  for (let time = Math.ceil(first / (tick * HOUR)) * tick * HOUR; time <= last; time += tick * HOUR) ticks.push(time);
  return (
    <svg class="chart" width={width} height={y} viewBox={`0 0 ${width} ${y}`} role="img" aria-label={`${told}. The same stands in the table below.`}>
      {ticks.map((time) => (
        <g key={time}>
          <line class={time % (24 * HOUR) === 0 ? "day" : "tick"} x1={x(time)} x2={x(time)} y1="24" y2={y} />
          <text class="axis" x={x(time)} y="20" text-anchor="middle">{clock(time)}</text>
          {(time % (24 * HOUR) === 0 || time === ticks[0]) && <text class="axis strong" x={x(time)} y="9" text-anchor="middle">{moment(new Date(time).toISOString()).replace(/ \S+$/, "")}</text>}
        </g>
      ))}
      {placed.map((group) => (
        <g key={group.name}>
          <text class="group" x="0" y={group.top + 13}>{group.title}</text>
          {group.placed.map(({ lane, y: top }) => (
            <g key={lane}>
              <line class="rail" x1="0" x2={width} y1={top + LINE - 2} y2={top + LINE - 2} />
              <text class="lane" x="6" y={top + 16}>{lane.slice(lane.indexOf("/") + 1)}</text>
              {bars.filter((bar) => bar.lane === lane).sort((one, other) => order(one) - order(other)).map((bar, index) => <Drawn key={index} bar={bar} x={x} y={top} />)}
            </g>
          ))}
        </g>
      ))}
    </svg>
  );
}

const order = (bar) => ["planned", "ghost", "dropped", "moved", "added"].indexOf(bar.state);

function Drawn({ bar, x, y }) {
  const left = x(at(bar.start));
  const width = Math.max(3, x(at(bar.end)) - left);
  const ghost = bar.state === "ghost";
  const fits = !ghost && width > 24;
  const room = Math.floor((width - 8) / LETTER);
  const label = bar.label.length <= room ? bar.label : bar.label.split(" ")[0].length <= room ? bar.label.split(" ")[0] : "";
  return (
    <g>
      <title>{`${bar.label}, ${moment(bar.start)} to ${moment(bar.end)} UTC, ${ghost ? "planned, replaced" : STATES[bar.state]}`}</title>
      <rect class={`bar ${bar.state}`} x={left} y={y + (ghost ? 1 : 3)} width={width} height={ghost ? LINE - 5 : LINE - 9} rx="3" />
      {fits && label && <text class={`in ${bar.state}`} x={left + 5} y={y + 15.5}>{label}</text>}
    </g>
  );
}

function AsTable({ bars, planned }) {
  const before = (bar) => planned.find((each) => each.state === "ghost" && each.subject === bar.subject && each.lane.split("/")[0] === bar.lane.split("/")[0]);
  const changed = bars.filter((bar) => !["planned", "ghost"].includes(bar.state));
  if (!changed.length) return null;
  return (
    <details open={changed.length < 12}>
      <summary>What changes, as a table</summary>
      <Wide label="What changes">
        <table class="changes">
          <thead><tr><th scope="col">Line</th><th scope="col">What</th><th scope="col">From (UTC)</th><th scope="col">To</th><th scope="col">Planned</th><th scope="col">State</th></tr></thead>
          <tbody>{changed.map((bar, index) => (
            <tr key={index}><th scope="row">{titled(bar.lane.replace("/", " "))}</th><td>{bar.label}</td><td>{moment(bar.start)}</td><td>{moment(bar.end)}</td>
              <td>{before(bar) ? `${moment(before(bar).start)} to ${moment(before(bar).end)} on ${before(bar).lane.split("/")[1]}` : "–"}</td><td>{STATES[bar.state]}</td></tr>
          ))}</tbody>
        </table>
      </Wide>
    </details>
  );
}
