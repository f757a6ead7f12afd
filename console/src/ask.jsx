// Questions about a run: each is answered with evidence. What was asked stands on the page only, and goes with the run's texts.
import { useState } from "preact/hooks";
import { postAct } from "./api.js";
import { usd } from "./format.js";
import { Failure } from "./parts.jsx";

const MOST_CHARACTERS = 600;

export function Ask({ pack, run }) {
  const [question, setQuestion] = useState("");
  const [turns, setTurns] = useState([]);
  const [state, setState] = useState({ busy: false, error: null });
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true, error: null });
    try {
      const answered = await postAct(pack, run.run_id, "questions", { question: question.trim() });
      setTurns((before) => [...before, answered]);
      setQuestion("");
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <div class="ask">
      <p class="quiet">Why not another option, what an agent said, what if a figure were another. The run is read and never changed.</p>
      <ol class="said-list" aria-live="polite">
        {turns.map((turn, index) => <Turn key={index} turn={turn} />)}
      </ol>
      <form class="act" onSubmit={submit}>
        <label>Question<input required maxLength={MOST_CHARACTERS} value={question} onInput={(event) => setQuestion(event.currentTarget.value)} /></label>
        <button disabled={state.busy || !question.trim()}>{state.busy ? "Asking" : "Ask"}</button>
      </form>
      {state.error && <Failure error={state.error} />}
    </div>
  );
}

function Turn({ turn }) {
  const paid = turn.kept ? "answered before" : `${turn.tokens.toLocaleString("en")} tokens, ${usd(turn.cost_usd)}`;
  return (
    <li>
      <b>{turn.question}</b>
      <p class="said">{turn.answer}</p>
      {turn.infeasible.length > 0 && <p><b>Breaks a hard constraint: {turn.infeasible.join(", ")}</b></p>}
      <p class="quiet">Evidence: {turn.evidence.map((id, index) => <span key={id}>{index > 0 && ", "}<code>{id}</code></span>)}. {paid}
        {turn.struck > 0 && `; sentences struck: ${turn.struck}`}
        {turn.moved.length > 0 && `; written since the run read them: ${turn.moved.join(", ")}`}</p>
    </li>
  );
}
