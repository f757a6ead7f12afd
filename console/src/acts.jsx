// What a person does about a run: approve, refuse, override; and afterwards, what came of it. Shown only where the API offers it.
import { useState } from "preact/hooks";
import { actsAsOthers, postAct } from "./api.js";
import { fieldTitle, figures, isOpen, moment, person, titled, within, words } from "./format.js";
import { Badge, Failure } from "./parts.jsx";

export function Acts({ pack, run, picture, options, onDone }) {
  if (run.status === "awaiting_approval" && run.approval && run.approval.state !== "awaiting") return <Settling run={run} />;
  if (run.status === "awaiting_approval" && run.approval) return <Approval key={run.approval.round} pack={pack} run={run} options={options} onDone={onDone} />;
  if (!isOpen(run.status) && Array.isArray(run.feedback) && run.texts === "kept" && run.options.length) return <Feedback pack={pack} run={run} picture={picture} options={options} onDone={onDone} />;
  return null;
}

/** People have acted; the facts are read again before that counts. */
function Settling({ run }) {
  const { acts, state } = run.approval;
  return (
    <section class="acts" aria-labelledby="acts-title">
      <h2 id="acts-title">{titled(state)}: the facts are read again before it counts</h2>
      <ActList acts={acts} />
    </section>
  );
}

const ActList = ({ acts }) => (acts.length > 0 ? <ul class="said-list">{acts.map((each, index) => <li key={index}><Badge>{each.act}</Badge> {each.option_id} by <abbr title={each.by}>{person(each.by)}</abbr>, {moment(each.at)}: {each.reason}</li>)}</ul> : null);

/** Sends an act once, and says what the API said of it. */
function useAct(pack, run, path, onDone) {
  const [state, setState] = useState({ busy: false, error: null, done: "" });
  const send = async (body, done, actor) => {
    setState({ busy: true, error: null, done: "" });
    try {
      await postAct(pack, run.run_id, path, body, actor);
      setState({ busy: false, error: null, done });
    } catch (error) {
      setState({ busy: false, error, done: "" });
    }
    await onDone();
  };
  return [state, send];
}

function Approval({ pack, run, options, onDone }) {
  const { approval } = run;
  const [chosen, setChosen] = useState(approval.option_id);
  const [reason, setReason] = useState("");
  const [actor, setActor] = useState({ name: "", group: approval.groups[0] });
  const [state, send] = useAct(pack, run, "approval", onDone);
  const choices = options.filter((option) => option.id in approval.choices);
  const proposed = chosen === approval.option_id;
  const needs = approval.choices[chosen]?.needs ?? [];
  const act = (kind, option) => send({ act: kind, option_id: option, seen: approval.choices[option].seen, reason }, `Sent: ${kind} ${option}.`, actor);
  return (
    <section class="acts" aria-labelledby="acts-title">
      <h2 id="acts-title">A person has to act on {approval.option_id}</h2>
      <p>Until <b>{moment(approval.deadline)} UTC</b>, by {approval.groups.map(words).join(" or ")}{approval.escalated ? "; it was escalated" : ""}{approval.round > 1 ? `; asked for the ${approval.round}. time, since the data had moved` : ""}.</p>
      <ActList acts={approval.acts} />
      <form class="act" onSubmit={(event) => { event.preventDefault(); act(proposed ? "approve" : "override", chosen); }}>
        <label>Option
          <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
            {choices.map((option) => <option key={option.id} value={option.id}>{option.id} {option.summary}{option.id === approval.option_id ? " (proposed)" : ""}</option>)}
          </select>
        </label>
        {needs.length > 0 && <p class="quiet">Needs {needs.map((need) => `${need.people} of ${words(need.group)}: ${need.reasons.join("; ")}`).join(", ")}.</p>}
        <label>Reason<input required maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} /></label>
        {actsAsOthers() && <fieldset class="row">
          <legend>Who acts, on the local cloud</legend>
          <label>Name<input required pattern="[a-z][a-z0-9\-]{0,30}" title="small letters, digits and hyphens" placeholder="mia" autocomplete="off" value={actor.name} onInput={(event) => setActor({ ...actor, name: event.currentTarget.value })} /></label>
          <label>Group<select value={actor.group} onChange={(event) => setActor({ ...actor, group: event.currentTarget.value })}>{approval.groups.map((group) => <option key={group} value={group}>{words(group)}</option>)}</select></label>
        </fieldset>}
        <div class="row">
          <button class="good" disabled={state.busy || !reason.trim()}>{proposed ? `Approve ${chosen}` : `Override: ${chosen}`}</button>
          <button type="button" class="danger" disabled={state.busy || !reason.trim()} onClick={(event) => event.currentTarget.form.reportValidity() && act("refuse", approval.option_id)}>Refuse</button>
        </div>
      </form>
      {state.done && <p role="status">{state.done}</p>}
      {state.error && <Failure error={state.error} />}
    </section>
  );
}

function Feedback({ pack, run, picture, options, onDone }) {
  const [done, setDone] = useState(run.decision?.option_id ?? "none");
  const [rating, setRating] = useState("0");
  const [lesson, setLesson] = useState("");
  const [actual, setActual] = useState({});
  const [state, send] = useAct(pack, run, "feedback", onDone);
  const measured = figures(run, picture).filter((field) => field.type === "int" || field.type === "float");
  const submit = (event) => {
    event.preventDefault();
    const known = Object.entries(actual).filter(([, value]) => value !== "").map(([name, value]) => [name, Number(value)]);
    send({ done, rating: Number(rating), lesson, actual: Object.fromEntries(known) }, "Thank you. It stands with the run.");
  };
  return (
    <details class="acts">
      <summary>What came of it{run.feedback.length ? ` (${run.feedback.length})` : ""}</summary>
      {run.feedback.length > 0 && <ul class="said-list">{run.feedback.map((each, index) => <li key={index}><abbr title={each.by}>{person(each.by)}</abbr>, {moment(each.at)}: did {each.done}{each.rating ? `, ${each.rating} of 5` : ""}{each.lesson ? `. ${each.lesson}` : ""}</li>)}</ul>}
      <form class="act" onSubmit={submit}>
        <label>Carried out<select value={done} onChange={(event) => setDone(event.currentTarget.value)}>
          {options.map((option) => <option key={option.id} value={option.id}>{option.id} {option.summary}</option>)}<option value="none">none of them</option></select></label>
        {measured.map((field) => <label key={field.name}>Actual {within(fieldTitle(field))}{field.unit && field.unit !== "count" ? ` (${field.unit})` : ""}<input type="number" step="any" value={actual[field.name] ?? ""} onInput={(event) => setActual({ ...actual, [field.name]: event.currentTarget.value })} /></label>)}
        <label>How good was it<select value={rating} onChange={(event) => setRating(event.currentTarget.value)}>{["not rated", "1 useless", "2", "3", "4", "5 as good as can be"].map((title, index) => <option key={index} value={String(index)}>{title}</option>)}</select></label>
        <label>Lesson<input maxLength={400} value={lesson} onInput={(event) => setLesson(event.currentTarget.value)} /></label>
        <button disabled={state.busy}>Keep it</button>
      </form>
      {state.done && <p role="status">{state.done}</p>}
      {state.error && <Failure error={state.error} />}
    </details>
  );
}
