// The map of an option: bars between places as ways on an equirectangular projection, drawn here, with no tiles of anybody's.
import { useMemo } from "preact/hooks";
import { moment } from "./format.js";
import { barsOf, Picker, StateLegend, STATES } from "./picker.jsx";

const WIDTH = 960;
const LEAST_SPAN = 12;
const STEPS = 24;

export function MapOfBars({ picture, options, selected, onSelect }) {
  const bars = useMemo(() => barsOf(picture, selected).filter((bar) => bar.origin && bar.destination), [picture, selected?.id]);
  const concerned = bars.filter((bar) => bar.state !== "planned");
  const shown = concerned.length ? concerned : bars;
  return (
    <>
      <h2>{picture.picture.map_title}</h2>
      <Picker options={options} selected={selected} onSelect={onSelect} />
      <StateLegend states={["moved", "added", "dropped", "ghost"]} lines />
      <Chart bars={shown} places={picture.drawing.places} told={`Map of option ${selected?.id}: ${selected?.summary}`} />
      <ul class="ways">{shown.filter((bar) => bar.state !== "ghost").map((bar, index) => <li key={index}><svg width="22" height="12" aria-hidden="true"><line class={`way ${bar.state}`} x1="0" y1="6" x2="22" y2="6" /></svg> {bar.label}, {moment(bar.start)} to {moment(bar.end)} UTC, {bar.lane.split("/")[1]}: {STATES[bar.state]}</li>)}</ul>
    </>
  );
}

function Chart({ bars, places, told }) {
  const known = new Map(places.map((place) => [place.id, place]));
  const used = [...new Set(bars.flatMap((bar) => [bar.origin, bar.destination]))].map((id) => known.get(id)).filter(Boolean);
  if (!used.length) return <p class="quiet">This option moves nothing between places.</p>;
  const middle = used[0].lon;
  const turned = (lon) => ((lon - middle + 540) % 360) - 180;
  const ways = unique(bars).map((bar) => ({ bar, points: greatCircle(known.get(bar.origin), known.get(bar.destination)).map(([lon, lat]) => [turned(lon), lat]) }));
  const all = [...ways.flatMap((way) => way.points), ...used.map((place) => [turned(place.lon), place.lat])];
  const box = bounds(all);
  const height = Math.min(620, Math.max(300, (WIDTH * (box.top - box.bottom)) / (box.right - box.left)));
  const x = (lon) => ((lon - box.left) / (box.right - box.left)) * WIDTH;
  const y = (lat) => ((box.top - lat) / (box.top - box.bottom)) * height;
  const step = [1, 2, 5, 10, 20, 30].find((each) => (box.right - box.left) / each <= 9) ?? 45;
  return (
    <svg class="map" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={`${told}. The ways are listed below.`}>
      <rect class="sea" width={WIDTH} height={height} />
      {lines(box.bottom, box.top, step).map((lat) => <g key={`lat${lat}`}><line class="tick" x1="0" x2={WIDTH} y1={y(lat)} y2={y(lat)} /><text class="axis" x="4" y={y(lat) - 3}>{degrees(lat, "N", "S")}</text></g>)}
      {lines(box.left + middle, box.right + middle, step).map((lon) => <g key={`lon${lon}`}><line class="tick" x1={x(lon - middle)} x2={x(lon - middle)} y1="0" y2={height} /><text class="axis" x={x(lon - middle) + 3} y={height - 4}>{degrees(((lon + 540) % 360) - 180, "E", "W")}</text></g>)}
      {ways.map(({ bar, points }, index) => <polyline key={index} class={`way ${bar.state}`} points={points.map(([lon, lat]) => `${x(lon).toFixed(1)},${y(lat).toFixed(1)}`).join(" ")}><title>{bar.label}: {STATES[bar.state] ?? "planned, replaced"}</title></polyline>)}
      {used.map((place) => {
        const [px, py] = [x(turned(place.lon)), y(place.lat)];
        const end = px > WIDTH - 100;
        return <g key={place.id}><circle class="place" cx={px} cy={py} r="5" /><text class="town" x={end ? px - 9 : px + 9} y={py - 7} text-anchor={end ? "end" : "start"}>{place.id}</text></g>;
      })}
    </svg>
  );
}

const RANK = ["ghost", "planned", "dropped", "moved", "added"];

/** One way for each pair of places: what changes covers what does not. */
function unique(bars) {
  const sorted = [...bars].sort((one, other) => RANK.indexOf(one.state) - RANK.indexOf(other.state));
  return [...new Map(sorted.map((bar) => [[bar.origin, bar.destination].sort().join(), bar])).values()];
}

function bounds(points) {
  const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
  let [left, right, bottom, top] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const wide = Math.max(LEAST_SPAN, right - left) * 1.16;
  const high = Math.max(LEAST_SPAN / 2, top - bottom, wide * 0.32) * 1.2;
  [left, right] = [(left + right - wide) / 2, (left + right + wide) / 2];
  [bottom, top] = [(bottom + top - high) / 2, (bottom + top + high) / 2];
  const tallest = (wide * 620) / WIDTH;
  if (top - bottom > tallest) [left, right] = [(left + right) / 2 - ((top - bottom) * WIDTH) / 1240, (left + right) / 2 + ((top - bottom) * WIDTH) / 1240];
  return { left, right, bottom, top };
}

function lines(from, to, step) {
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}

const degrees = (value, plus, minus) => `${Math.abs(Math.round(value))}°${value > 0 ? plus : value < 0 ? minus : ""}`;

/** Points of the shortest way over the sphere between two places. */
function greatCircle(from, to) {
  const radians = (degree) => (degree * Math.PI) / 180;
  const vector = ({ lat, lon }) => [Math.cos(radians(lat)) * Math.cos(radians(lon)), Math.cos(radians(lat)) * Math.sin(radians(lon)), Math.sin(radians(lat))];
  const [a, b] = [vector(from), vector(to)];
  const angle = Math.acos(Math.min(1, Math.max(-1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])));
  if (angle < 1e-6) return [[from.lon, from.lat], [to.lon, to.lat]];
  return Array.from({ length: STEPS + 1 }, (_, index) => {
    const part = index / STEPS;
    const [one, other] = [Math.sin((1 - part) * angle) / Math.sin(angle), Math.sin(part * angle) / Math.sin(angle)];
    const [px, py, pz] = a.map((each, axis) => each * one + b[axis] * other);
    return [(Math.atan2(py, px) * 180) / Math.PI, (Math.atan2(pz, Math.hypot(px, py)) * 180) / Math.PI];
  });
}
