// Questions about a run: each is answered with evidence. What was asked stands on the page only, and goes with the run's texts.
import { useEffect, useRef, useState } from "preact/hooks";
import { eventsAfter, postAct } from "./api.js";
import { duration, usd, words } from "./format.js";
import { Failure } from "./parts.jsx";

const MOST_CHARACTERS = 600;
const LOOK_MILLISECONDS = 1000;
const LONGEST_MILLISECONDS = 2000;
const KIND = "question";

/**
 * Hears what is done for the questions that are asked from now on: `take(steps)` gets all that was told so far. Answers how
 * to stop: `stop()` at once, or with a last look, `stop(take)`. Whatever goes wrong with it, nobody waits for it: the question
 * itself tells what is wrong.
 */
async function hearing(pack, id, take) {
  const earlier = await eventsAfter(pack, id, 0, KIND, AbortSignal.timeout(LONGEST_MILLISECONDS)).catch(() => null);
  if (!earlier) return () => {};
  const before = earlier.at(-1)?.ordinal ?? 0;
  const told = (after, signal) => eventsAfter(pack, id, after, KIND, signal).catch(() => []);
  const control = new AbortController();
  let steps = [];
  let timer = 0;
  const look = async (signal) => {
    steps = [...steps, ...await told(steps.at(-1)?.ordinal ?? before, signal)];
    return steps;
  };
  const round = async () => {
    await look(control.signal);
    if (control.signal.aborted) return;
    take(steps);
    timer = setTimeout(round, LOOK_MILLISECONDS);
  };
  round();
  return (last) => {
    control.abort();
    clearTimeout(timer);
    if (last) look().then(last);
  };
}

export function Ask({ pack, run }) {
  const [question, setQuestion] = useState("");
  const [turns, setTurns] = useState([]);
  const [steps, setSteps] = useState([]);
  const [state, setState] = useState({ busy: false, error: null });
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true, error: null });
    setSteps([]);
    stop.current = await hearing(pack, run.run_id, setSteps);
    try {
      const answered = await postAct(pack, run.run_id, "questions", { question: question.trim() });
      const turn = { ...answered, steps: [] };
      setTurns((before) => [...before, turn]);
      stop.current((all) => setTurns((before) => before.map((each) => (each === turn ? { ...turn, steps: all } : each))));
      setQuestion("");
      setState({ busy: false, error: null });
    } catch (error) {
      stop.current();
      setState({ busy: false, error });
    }
  };
  return (
    <div class="ask">
      <p class="quiet">Why not another option, what an agent said, what if a figure were another. The run is read and never changed.</p>
      <ol class="said-list" aria-live="polite">
        {turns.map((turn, index) => <Turn key={index} turn={turn} run={run} />)}
      </ol>
      <form class="act" onSubmit={submit}>
        <label>Question<input required maxLength={MOST_CHARACTERS} value={question} onInput={(event) => setQuestion(event.currentTarget.value)} /></label>
        <button disabled={state.busy || !question.trim()}>{state.busy ? "Asking" : "Ask"}</button>
      </form>
      <div class="under-way" role="status">{state.busy && steps.length > 0 && <Steps steps={steps} run={run} />}</div>
      {state.error && <Failure error={state.error} />}
    </div>
  );
}

const Steps = ({ steps, run }) => <ul class="tools quiet small">{steps.map((step) => <li key={step.ordinal}>{told(step, run)}</li>)}</ul>;

/** A step of a question in one line. */
function told({ state, tool = "", turn, seconds, struck }, run) {
  const took = seconds ? `, ${duration(seconds)}` : "";
  const agent = tool.startsWith("ask_") ? tool.slice("ask_".length) : "";
  if (agent) return `${run.agents.find((each) => each.name === agent)?.title ?? words(agent)} was asked${took}`;
  if (tool) return `${words(tool)} was looked at${took}`;
  return `question ${turn} ${state}${took}${struck ? `, sentences struck: ${struck}` : ""}`;
}

function Turn({ turn, run }) {
  const paid = turn.kept ? "answered before" : `${turn.tokens.toLocaleString("en")} tokens, ${usd(turn.cost_usd)}`;
  return (
    <li>
      <b>{turn.question}</b>
      <p class="said">{turn.answer}</p>
      {turn.infeasible.length > 0 && <p><b>Breaks a hard constraint: {turn.infeasible.join(", ")}</b></p>}
      <p class="quiet">Evidence: {turn.evidence.map((id, index) => <span key={id}>{index > 0 && ", "}<code>{id}</code></span>)}. {paid}
        {turn.struck > 0 && `; sentences struck: ${turn.struck}`}
        {turn.moved.length > 0 && `; written since the run read them: ${turn.moved.join(", ")}`}</p>
      {turn.steps.length > 0 && <details><summary>What was done for it</summary><Steps steps={turn.steps} run={run} /></details>}
    </li>
  );
}
