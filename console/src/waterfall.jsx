// Where the time and the money went: the spans of the run as a waterfall, and the path that the run waited for.
import { getPart, useLast, useLoaded } from "./api.js";
import { duration, number, usd, words } from "./format.js";
import { Failure, Pairs, Waiting, Wide } from "./parts.jsx";

const WIDTH = 420;

export function Waterfall({ pack, run }) {
  const { data, error } = useLoaded((signal) => getPart(pack, run.run_id, "trace", signal), `${run.run_id}/${run.status}/${run.phases.length}/${run.agents.length}/${run.texts}`);
  const trace = useLast(data, run.texts);
  if (error && !trace) return <Failure error={error} />;
  if (!trace) return <Waiting what="the trace" />;
  const begin = new Date(trace.start).getTime();
  const whole = Math.max(trace.totals.duration_seconds, 0.001);
  const seconds = (moment) => (new Date(moment).getTime() - begin) / 1000;
  // The scale is that of the run's own work: people take minutes, in which nothing else could be told apart.
  const own = Math.max(...trace.spans.filter((span) => span.kind !== "run").map((span) => (span.end ? seconds(span.end) : whole)), 0);
  const total = own > 0.001 ? Math.min(own, whole) : whole;
  const critical = new Set(trace.critical_path);
  const dearest = Math.max(...trace.spans.map((span) => span.cost), 1e-9);
  const depth = (id) => id.split("/").length - 1;
  return (
    <>
      <h2>Time and cost</h2>
      <Pairs pairs={[["Took", duration(trace.totals.duration_seconds)], ["Cost", usd(trace.totals.cost_usd)], ["Not reported", usd(trace.totals.reserved_usd)],
        ["Tokens", `${number(trace.totals.input_tokens)} in, ${number(trace.totals.output_tokens)} out, ${number(trace.totals.cache_read_tokens)} from caches`]]} />
      <ul class="legend"><li><i class="swatch critical" /> the run waited for it</li><li><i class="swatch span" /> beside it</li></ul>
      {run.approval && whole > 1.1 * total + 1 && <p class="quiet">Then it waited for people: {duration(whole - total)}.</p>}
      <Wide label="Waterfall">
        <table class="waterfall">
          <thead><tr><th scope="col">What</th><th scope="col"><Scale total={total} /></th><th scope="col" class="right">Took</th><th scope="col" class="right">Tokens</th><th scope="col" class="right">Cost</th></tr></thead>
          <tbody>{trace.spans.map((span) => {
            const from = span.start === null ? null : seconds(span.start);
            const until = span.end === null ? whole : seconds(span.end);
            const left = from === null ? 0 : Math.min(WIDTH - 2, (from / total) * WIDTH);
            const width = from === null ? 0 : Math.max(2, Math.min(WIDTH - left, ((until - from) / total) * WIDTH));
            return (
              <tr key={span.id} class={span.kind}>
                <th scope="row"><span class={`depth-${Math.min(depth(span.id), 4)}`}>{span.kind === "run" ? "run" : words(span.name)}</span>{!["ok", "decided"].includes(span.status) && <small>{words(span.status)}</small>}</th>
                <td><svg width={WIDTH} height="14" viewBox={`0 0 ${WIDTH} 14`} role="img" aria-label={from === null ? "time unknown" : `from ${duration(from)} to ${duration(until)}${critical.has(span.id) ? ", on the critical path" : ""}`}>
                  {from !== null && <rect class={critical.has(span.id) ? "critical" : "span"} x={left} y="2" width={width} height="10" rx="2" />}
                </svg></td>
                <td class="right">{duration(span.duration_seconds)}</td>
                <td class="right">{span.tokens ? number(span.tokens) : ""}</td>
                <td class="right">{span.cost ? <span class="cost"><svg width="40" height="8" aria-hidden="true"><rect class="money" width={(span.cost / dearest) * 40} height="8" /></svg> {usd(span.cost)}</span> : ""}</td>
              </tr>
            );
          })}</tbody>
        </table>
      </Wide>
    </>
  );
}

/** When, in seconds since the report. */
function Scale({ total }) {
  const marks = [0, 0.25, 0.5, 0.75, 1];
  return (
    <><span class="unseen">When, since the report</span>
      <svg class="scale" width={WIDTH} height="14" aria-hidden="true">
        {marks.map((part) => <text key={part} x={part * WIDTH} y="11" text-anchor={part === 0 ? "start" : part === 1 ? "end" : "middle"}>{part === 0 ? "report" : `+${duration(part * total)}`}</text>)}
      </svg></>
  );
}
