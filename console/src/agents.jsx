// What each agent said in each phase, what changed between them, where they disagree, and what nobody could see.
import { duration, number, titled, usd, words } from "./format.js";
import { Badge } from "./parts.jsx";

const TONES = { approve: "good", caution: "ask", reject: "bad" };
const PHASES = ["frame", "recommend", "revise", "arbitrate"];

export function Agents({ run }) {
  const names = [...new Set(run.agents.map((agent) => agent.name))];
  const phases = PHASES.filter((phase) => run.agents.some((agent) => agent.phase === phase));
  const titles = new Map(run.agents.map((agent) => [agent.name, agent.title]));
  return (
    <>
      <h2>Agents</h2>
      {!names.length && <p class="quiet">No agent has begun yet.</p>}
      {run.revisions.length > 0 && <Revisions run={run} titles={titles} />}
      {phases.map((phase) => (
        <section key={phase}>
          <h3>{titled(phase)}</h3>
          <div class="cards">{run.agents.filter((agent) => agent.phase === phase).map((agent) => <Card key={agent.name} agent={agent} run={run} phase={phase} />)}</div>
        </section>
      ))}
      {run.conflicts.length > 0 && <section><h3>Conflicts</h3><ul class="said-list">{run.conflicts.map((each, index) => <li key={index}><Badge tone="ask">{each.kind.replace("_", " against ")}</Badge> {each.agents.map((name) => titles.get(name) ?? name).join(" and ")}{each.option_id ? ` about ${each.option_id}` : ""}: {each.detail}</li>)}</ul></section>}
      {run.gaps.length > 0 && <section><h3>Gaps</h3><ul class="said-list">{run.gaps.map((gap, index) => <li key={index}><Badge tone={gap.mandatory ? "bad" : "ask"}>{gap.mandatory ? "needed" : "missing"}</Badge> <code>{gap.item}</code> {words(gap.reason)}: {gap.detail}</li>)}</ul></section>}
    </>
  );
}

function Revisions({ run, titles }) {
  const said = (each) => [each.verdict && "its verdict", each.scores && `the scores of ${each.scores} options`, each.constraints && `${each.constraints} new rules`, each.favourite && "its favourite"].filter(Boolean).join(", ");
  return (
    <section>
      <h3>What changed between the phases</h3>
      <ul class="said-list">{run.revisions.map((each) => <li key={each.agent}><b>{titles.get(each.agent) ?? words(each.agent)}</b> {each.stance ? <Badge>{each.stance}</Badge> : null} {each.changed ? `changed ${said(each)}` : "was asked again and changed nothing"}</li>)}</ul>
    </section>
  );
}

function Card({ agent }) {
  const running = agent.status === "running";
  return (
    <article class={`card ${running ? "live" : ""}`} aria-busy={running}>
      <header><h4>{agent.title}</h4><span class="quiet">{agent.kind}</span>
        {agent.verdict && <Badge tone={TONES[agent.verdict]}>{agent.verdict}</Badge>}
        {agent.stance && <Badge>{agent.stance}</Badge>}
        {running && <Badge tone="live">working</Badge>}
        {agent.status === "unavailable" && <Badge tone="bad">no answer</Badge>}
        {agent.complexity && <Badge>{agent.complexity}</Badge>}
      </header>
      {agent.rationale && <p class="said">{agent.rationale}</p>}
      {agent.failure && <p class="bad">{agent.failure.error}: {agent.failure.cause}</p>}
      {agent.stood_in && <p class="note">{agent.stood_in.model} answered in place of {agent.stood_in.wanted}: {words(agent.stood_in.because)}</p>}
      {agent.reused && <p class="note">Its answer of the phase before stands: no money was left to ask again.</p>}
      {agent.grounds.length > 0 && <p class="quiet">Not simple because of: {agent.grounds.map(words).join(", ")}</p>}
      {agent.tool_calls.length > 0 && (
        <details><summary>{agent.tool_calls.length} {agent.tool_calls.length > 1 ? "tools" : "tool"}</summary>
          <ul class="tools">{agent.tool_calls.map((each, index) => <li key={index}>{words(each.name)}{each.check ? " (check)" : ""}: {each.facts} facts, {each.constraints} rules, {each.gaps} gaps, {duration(each.duration_seconds)}</li>)}</ul>
        </details>
      )}
      {!running && <p class="quiet small">{duration(agent.duration_seconds)} · {number(agent.input_tokens + agent.output_tokens)} tokens · {usd(agent.cost_usd)}{agent.confidence !== null ? ` · confidence ${agent.confidence}` : ""}{agent.model ? ` · ${agent.model}` : ""}</p>}
    </article>
  );
}
