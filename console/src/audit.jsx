// The audit of a run. Its chain is recomputed here, in the browser, from the entries as they were sealed.
import { useEffect, useState } from "preact/hooks";
import { getPart, postAct, useLoaded } from "./api.js";
import { isOpen, moment, person, words } from "./format.js";
import { Badge, Failure, Waiting, Wide } from "./parts.jsx";

const BEGIN = '{"entry":';
const GENESIS = "0".repeat(64);

async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reads sealed entries and recomputes each hash; `ok` says whether an entry follows from the one before it. */
export async function checked(runId, entries) {
  let previous = GENESIS;
  const found = [];
  for (const [index, text] of entries.entries()) {
    const { entry, hash } = JSON.parse(text);
    const sealed = text.slice(BEGIN.length, text.lastIndexOf(',"hash":"'));
    const ok = text.startsWith(BEGIN) && (await sha256(sealed)) === hash && entry.previous === previous && entry.sequence === index + 1 && entry.run_id === runId;
    found.push({ entry, hash, ok });
    previous = hash;
  }
  return found;
}

export function Audit({ pack, run, onChanged }) {
  const { data, error } = useLoaded((signal) => getPart(pack, run.run_id, "audit", signal), `${run.run_id}/${run.status}/${run.texts}/${run.audit?.entries ?? 0}/${run.phases.length}`);
  const [entries, setEntries] = useState(null);
  useEffect(() => {
    let current = true;
    setEntries(null);
    if (data) checked(run.run_id, data.entries).then((found) => current && setEntries(found));
    return () => { current = false; };
  }, [data]);
  if (error?.status === 404 && isOpen(run.status)) return <><h2>Audit</h2><p class="quiet">Nothing is in the audit of this run yet.</p></>;
  if (error) return <Failure error={error} />;
  if (!entries) return <Waiting what="the audit" />;
  const broken = entries.findIndex((each) => !each.ok);
  // It may have grown since the run was read, but nothing of what the run says may be missing.
  const ends = !run.audit || entries[run.audit.entries - 1]?.hash === run.audit.head;
  return (
    <>
      <h2>Audit</h2>
      <p>{broken < 0 && ends ? <><Badge tone="good">unbroken</Badge> {entries.length} entries; each follows from the one before it, recomputed in this browser.</>
        : <><Badge tone="bad">broken</Badge> {broken >= 0 ? `Entry ${broken + 1} does not follow from the one before it.` : "The chain does not end where the run says that it ends."}</>}
      </p>
      <p class="quiet">Whether the chain is the one that was anchored, <code>conclave verify {run.run_id}</code> proves.</p>
      <Wide label="Entries of the audit">
        <table>
          <thead><tr><th scope="col" class="right">No</th><th scope="col">When (UTC)</th><th scope="col">What</th><th scope="col">By</th><th scope="col">Hash</th></tr></thead>
          <tbody>{entries.map(({ entry, hash, ok }) => (
            <tr key={entry.sequence}><td class="right">{entry.sequence}</td><td>{moment(entry.at, { seconds: true })}</td>
              <td>{words(entry.event)}{entry.body.act ? `: ${entry.body.act}` : ""}{ok ? "" : " (broken)"}</td><td>{entry.body.by ? <abbr title={entry.body.by}>{person(entry.body.by)}</abbr> : entry.body.agent ?? ""}</td><td><code title={hash}>{hash.slice(0, 16)}…</code></td></tr>
          ))}</tbody>
        </table>
      </Wide>
      {!isOpen(run.status) && run.texts === "kept" && <Erasure pack={pack} run={run} onChanged={onChanged} />}
    </>
  );
}

function Erasure({ pack, run, onChanged }) {
  const [reason, setReason] = useState("");
  const [state, setState] = useState({ busy: false, error: null });
  const erase = async (event) => {
    event.preventDefault();
    setState({ busy: true, error: null });
    try {
      await postAct(pack, run.run_id, "erasure", { reason });
      await onChanged();
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <details class="danger">
      <summary>Erase the texts of this run</summary>
      <p>What people and models wrote goes for good: the report, rationales, notices, everything word for word. Options, scores, rules, verdicts and this audit stay.</p>
      <form class="act" onSubmit={erase}>
        <label>Reason (the audit keeps it: no names)<input required maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} /></label>
        <button class="danger" disabled={state.busy || !reason.trim()}>Erase for good</button>
      </form>
      {state.error && <Failure error={state.error} />}
    </details>
  );
}
