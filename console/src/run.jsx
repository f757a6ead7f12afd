// One run: its head, which says where it stands, and a tab for each way to look at it.
import { useEffect, useRef, useState } from "preact/hooks";
import { Acts } from "./acts.jsx";
import { Agents } from "./agents.jsx";
import { getPart, getRun, useLast, useLoaded, usePolled } from "./api.js";
import { Ask } from "./ask.jsx";
import { Audit } from "./audit.jsx";
import { Compare } from "./compare.jsx";
import { cell, duration, inOrder, isOpen, moment, NOTHING, titled, usd, words } from "./format.js";
import { MapOfBars } from "./map.jsx";
import { Matrix } from "./matrix.jsx";
import { Options } from "./options.jsx";
import { Badge, Failure, Pairs, Status, Waiting } from "./parts.jsx";
import { Timeline } from "./timeline.jsx";
import { Waterfall } from "./waterfall.jsx";

const PHASES = ["frame", "recommend", "revise", "arbitrate", "decide"];

export function RunPage({ pack, run: id, tab, query }) {
  const { data: run, error, at, again } = usePolled((signal) => getRun(pack, id, signal), (data) => isOpen(data.status), `${pack}/${id}`);
  // Erased texts vanish: whatever was loaded under another state of the texts is not shown any more.
  const version = run ? `${run.status}/${run.texts}/${run.phases.length}/${run.constraints.length}` : "";
  const drawn = useLoaded((signal) => getPart(pack, id, "picture", signal), run?.options.length ? version : "");
  const picture = useLast(drawn.data, run?.texts);
  const began = useRef("");
  if (!run) return error ? <><p class="quiet crumbs"><a href={`#/${encodeURIComponent(pack)}/runs`}>Runs</a> / {id}</p><h1>The run cannot be shown</h1><Failure error={error} /></> : <Waiting what="the run" />;
  // Who comes while agents work sees them work, and is not taken elsewhere when they are done.
  began.current ||= run.status === "running" ? "agents" : "options";
  const goTo = (to, option) => {
    const chosen = option ?? query.get("option");
    location.hash = `#/${encodeURIComponent(pack)}/runs/${encodeURIComponent(id)}/${to}${chosen ? `?option=${encodeURIComponent(chosen)}` : ""}`;
  };
  const options = inOrder(run);
  const selected = options.find((option) => option.id === query.get("option"))
    ?? options.find((option) => option.id === (run.decision?.option_id || run.approval?.option_id)) ?? options[0];
  const drawing = picture?.drawing && picture?.picture ? picture : null;
  const tabs = [
    ["options", "Options", () => <Options run={run} picture={picture} options={options} selected={selected} onSelect={(option) => goTo(open[0], option)} />, options.length],
    ["timeline", "Timeline", () => <Timeline picture={picture} options={options} selected={selected} onSelect={(option) => goTo(open[0], option)} />, drawing],
    ["map", picture?.picture?.map_title || "Map", () => <MapOfBars picture={picture} options={options} selected={selected} onSelect={(option) => goTo(open[0], option)} />, drawing?.picture.map_title && drawing.drawing.places.length],
    ["matrix", "Rules", () => <Matrix run={run} picture={picture} missing={drawn.error} options={options} />, options.length && run.constraints.length],
    ["agents", "Agents", () => <Agents run={run} />, true],
    ["ask", "Ask", () => <Ask pack={pack} run={run} />, options.length && run.texts === "kept"],
    ["time", "Time and cost", () => <Waterfall pack={pack} run={run} />, true],
    ["compare", "Compare", () => <Compare pack={pack} run={run} other={query.get("with") ?? ""} onCompare={(other) => { location.hash = `#/${encodeURIComponent(pack)}/runs/${encodeURIComponent(id)}/compare?with=${encodeURIComponent(other)}`; }} />, !isOpen(run.status)],
    ["audit", "Audit", () => <Audit pack={pack} run={run} onChanged={again} />, true],
  ].filter(([, , , there]) => there);
  const open = tabs.find(([name]) => name === (tab || began.current)) ?? tabs[0];
  return (
    <>
      {error && <Failure error={error} at={at} />}
      {drawn.error && !picture && <Failure error={new Error(`Timeline, map and evidence are missing for now: ${drawn.error.message}`)} />}
      <Head run={run} selected={selected} />
      <Acts pack={pack} run={run} picture={picture} options={options} onDone={again} />
      <Tabs tabs={tabs} open={open[0]} onOpen={(name) => goTo(name)} />
      <section id="panel" role="tabpanel" aria-labelledby={`tab-${open[0]}`} tabIndex={-1}>{open[2]()}</section>
    </>
  );
}

function Tabs({ tabs, open, onOpen }) {
  const moved = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const names = tabs.map(([name]) => name);
    // From the tab that has the focus: the page may not have opened it yet when the next key comes.
    const from = names.indexOf(event.target.id.slice("tab-".length));
    const to = step ? names.at((from + step) % names.length) : { Home: names[0], End: names.at(-1) }[event.key];
    if (!to) return;
    event.preventDefault();
    onOpen(to);
    document.getElementById(`tab-${to}`)?.focus();
  };
  const list = useRef(null);
  // The open tab is in sight, also once others have come before it or the page has another width.
  useEffect(() => {
    const tab = document.getElementById(`tab-${open}`);
    const seen = new ResizeObserver(() => {
      list.current.scrollLeft = tab.offsetLeft - (list.current.clientWidth - tab.clientWidth) / 2;
    });
    seen.observe(list.current);
    return () => seen.disconnect();
  }, [open, tabs.length]);
  return (
    <div class="tabs" ref={list} role="tablist" aria-label="Ways to look at the run" onKeyDown={moved}>
      {tabs.map(([name, title]) => (
        <button key={name} id={`tab-${name}`} role="tab" aria-selected={name === open} aria-controls="panel"
          tabIndex={name === open ? 0 : -1} onClick={() => onOpen(name)}>{title}</button>
      ))}
    </div>
  );
}

function Head({ run }) {
  const chosen = run.options.find((option) => option.id === run.decision?.option_id);
  const erased = run.texts !== "kept";
  return (
    <header class="head">
      <p class="quiet crumbs"><a href={`#/${encodeURIComponent(run.pack)}/runs`}>Runs</a> / {run.run_id}</p>
      <h1>{run.summary || "Run without a summary"} <Status status={run.status} /></h1>
      <Announced run={run} />
      {run.text && run.text !== run.summary && <blockquote>{run.text}</blockquote>}
      {erased && <p class="note">The texts of this run were erased{run.texts_erased_at ? ` on ${moment(run.texts_erased_at)}` : ""}. What was decided, and why in codes and figures, stays.</p>}
      {run.outdated && <p class="note">Outdated since {moment(run.outdated.since)}: {run.outdated.feed} changed {run.outdated.table}/{run.outdated.key}, which this run rests on.</p>}
      {chosen && <p class={run.status === "decided" ? "decision" : "decision open"}><strong>{chosen.id}</strong> {chosen.summary} {run.status !== "decided" && <Badge tone="ask">proposed</Badge>} <span class="quiet">total {run.decision.total.toFixed(3)}, confidence {run.decision.confidence}</span></p>}
      {run.decision?.justification && <p class="said">{run.decision.justification}</p>}
      {run.reasons.length > 0 && (
        <ul class="reasons">{run.reasons.map((reason, index) => <li key={index}><b title={reason.code}>{titled(reason.code)}</b> {reason.agent ? `${words(reason.agent)}: ` : ""}{reason.detail}</li>)}</ul>
      )}
      {run.waiting && <p class="note">It waits for its turn, since {duration(run.waited_seconds)}.</p>}
      {run.fork && <p class="note">A fork of <a href={`#/${encodeURIComponent(run.pack)}/runs/${encodeURIComponent(run.fork.of)}`}>{run.fork.of}</a> from {words(run.fork.from)}{run.fork.outcome ? `, which came out as ${words(run.fork.outcome)}` : ""}: a decision for nobody.</p>}
      {run.candidates.length > 0 && <p>Was one of these meant? {run.candidates.join(", ")}</p>}
      <ol class="phases" aria-label="Phases">
        {PHASES.map((name) => {
          const phase = run.phases.find((each) => each.name === name);
          const passed = run.phases.length && PHASES.indexOf(run.phases.at(-1).name) > PHASES.indexOf(name);
          const state = phase?.status ?? (isOpen(run.status) && !passed ? "to come" : "left out");
          return <li key={name} class={state.replace(" ", "-")} aria-current={state === "running" ? "step" : undefined}><b>{titled(name)}</b> <span>{phase ? duration(phase.duration_seconds) : state}</span></li>;
        })}
      </ol>
      <Pairs pairs={[
        ["Began", `${moment(run.created_at, { seconds: true })} UTC`],
        [isOpen(run.status) ? "So far" : "Took", duration(run.totals.duration_seconds)],
        ["Models", `${usd(run.totals.cost_usd)}, ${run.totals.model_calls} calls`],
        ["Money left", run.money ? `${usd(run.money.left_usd)} of ${usd(run.money.ceiling_usd)}` : NOTHING],
        ["Report read by", run.reading ? words(run.reading.by) : NOTHING],
        ["Audit", run.audit ? `${run.audit.entries} entries` : NOTHING],
      ]} />
      {run.incident && <details><summary>The incident as it was understood</summary><Pairs pairs={stated(run.incident)} /></details>}
    </header>
  );
}

const stated = (incident) => Object.entries(incident)
  .filter(([, value]) => value !== "" && value !== null && !(Array.isArray(value) && !value.length))
  .map(([name, value]) => [titled(name), Array.isArray(value) && typeof value[0] === "object"
    ? value.map((each) => stated(each).map((pair) => pair.join(" ")).join(", ")).join("; ") : cell(value)]);

/** Tells a screen reader what has changed, and nothing else. */
function Announced({ run }) {
  const [said, setSaid] = useState("");
  const before = useRef("");
  const now = run.status === "running" ? `phase ${run.current_phase || "waiting"}` : words(run.status);
  useEffect(() => {
    if (before.current && before.current !== now) setSaid(`The run is now: ${now}`);
    before.current = now;
  }, [now]);
  return <p class="unseen" role="status">{said}</p>;
}
