// The list of runs: of a day or of a status, searched as one types.
import { useEffect, useMemo, useState } from "preact/hooks";
import { listRuns, patience } from "./api.js";
import { duration, isOpen, moment, number, STATUSES } from "./format.js";
import { Failure, Status } from "./parts.jsx";

const AGAIN_MILLISECONDS = 5000;
const WHOLE_ROUNDS = 12;
const MOST = 1000;
const today = () => new Date().toISOString().slice(0, 10);
const EMPTY = { rows: null, more: false, beyond: false, error: null, at: 0 };

/** What a person looks for, by pack: it is still there when they come back from a run. */
const wanted = new Map();

/** The newest rows in place of those that were known of the same runs. */
const merged = (newest, known) => {
  const ids = new Set(newest.map((row) => row.run_id));
  return [...newest, ...known.filter((row) => !ids.has(row.run_id))];
};

/** Runs of a day or of a status, asked again as long as they are looked at: those that are new or open often, all of them seldom. */
function useRuns(pack, status, day) {
  const [state, setState] = useState(EMPTY);
  useEffect(() => {
    const control = new AbortController();
    const asked = status ? { status } : { day };
    let known = [];
    let rounds = 0;
    let failures = 0;
    let timer = 0;
    let busy = false;
    const all = () => listRuns(pack, asked, (rows, more, beyond) => {
      if (!known.length || !more) setState({ rows, more, beyond: beyond && !more, error: null, at: Date.now() });
      if (!more) known = rows;
    }, control.signal, MOST);
    const newest = async () => {
      let rows = [];
      await listRuns(pack, asked, (found) => {
        rows = found;
        return known.some((row) => row.run_id === found.at(-1)?.run_id);
      }, control.signal, MOST);
      const old = known.filter((row) => isOpen(row.status) && !rows.some((each) => each.run_id === row.run_id));
      const open = old.length ? await openRuns() : [];
      const still = open.filter((row) => old.some((each) => each.run_id === row.run_id));
      if (still.length < old.length) return all(); // one of them has ended
      known = merged(rows, known.map((row) => still.find((each) => each.run_id === row.run_id) ?? row)).slice(0, MOST);
      return setState((before) => ({ ...before, rows: known, error: null, at: Date.now() }));
    };
    const openRuns = async () => {
      let rows = [];
      for (const each of Object.keys(STATUSES).filter(isOpen)) {
        let page = [];
        await listRuns(pack, { status: each }, (found) => { page = found; }, control.signal, MOST);
        rows = [...rows, ...page];
      }
      return rows;
    };
    const round = async () => {
      if (busy || document.hidden) return;
      busy = true;
      clearTimeout(timer);
      try {
        await (rounds++ % WHOLE_ROUNDS === 0 || isOpen(status) || known.length < 100 ? all() : newest());
        failures = 0;
        timer = setTimeout(round, AGAIN_MILLISECONDS);
      } catch (error) {
        if (control.signal.aborted) return;
        rounds = 0;
        setState((before) => ({ ...before, rows: error.status === 403 ? null : before.rows, more: false, error }));
        timer = setTimeout(round, Math.max(AGAIN_MILLISECONDS, patience(error, ++failures)));
      }
      busy = false;
    };
    setState(EMPTY);
    round();
    document.addEventListener("visibilitychange", round);
    return () => {
      control.abort();
      document.removeEventListener("visibilitychange", round);
      clearTimeout(timer);
    };
  }, [pack, status, day]);
  return state;
}

export function RunList({ pack }) {
  const [asked, setAsked] = useState(wanted.get(pack) ?? { status: "", day: today(), search: "" });
  const ask = (change) => {
    wanted.set(pack, { ...asked, ...change });
    setAsked(wanted.get(pack));
  };
  const { status, day, search } = asked;
  const state = useRuns(pack, status, day);

  const found = useMemo(() => {
    const sought = search.toLowerCase().split(/\s+/).filter(Boolean);
    return (state.rows ?? []).filter((row) => {
      const said = `${row.run_id} ${row.summary} ${row.status} ${row.option_id ?? ""}`.toLowerCase();
      return sought.every((word) => said.includes(word));
    });
  }, [state.rows, search]);

  return (
    <>
      <h1>Runs</h1>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label class="grow">Search
          <input type="search" value={search} onInput={(event) => ask({ search: event.currentTarget.value })} placeholder="words, an id, an option" />
        </label>
        <label>Status
          <select value={status} onChange={(event) => ask({ status: event.currentTarget.value })}>
            <option value="">all of a day</option>
            {Object.entries(STATUSES).map(([value, { title }]) => <option key={value} value={value}>{title}</option>)}
          </select>
        </label>
        <label>Day (UTC)
          <input type="date" value={day} disabled={Boolean(status)} onChange={(event) => event.currentTarget.value && ask({ day: event.currentTarget.value })} />
        </label>
      </form>
      {state.error && <Failure error={state.error} at={state.rows && state.at} />}
      <p class="quiet" role="status">{state.rows === null ? (state.error ? "" : "Loading runs …") : counted(found.length, state, search)}</p>
      {state.rows !== null && found.length > 0 && (
        <table class="list">
          <thead><tr><th scope="col">Incident</th><th scope="col">Status</th><th scope="col">Option</th><th scope="col">Began (UTC)</th><th scope="col" class="right">Took</th></tr></thead>
          <tbody>{found.map((row) => <Row key={row.run_id} row={row} pack={pack} />)}</tbody>
        </table>
      )}
    </>
  );
}

function counted(found, { rows, more, beyond }, search) {
  if (!rows.length && !more) return "There are no such runs.";
  const of = search ? `${number(found)} of ${number(rows.length)} runs` : `${number(rows.length)} runs`;
  return `${of}${more ? ", loading more …" : ""}${beyond ? "; there are older ones, which a day or a status narrows down" : ""}`;
}

function Row({ row, pack }) {
  return (
    <tr>
      <th scope="row">
        <a href={`#/${encodeURIComponent(pack)}/runs/${encodeURIComponent(row.run_id)}`}>{row.summary || "(no text)"}</a>
        <small>{row.run_id}</small>
      </th>
      <td><Status status={row.status} />{row.waiting ? <small>waits for its turn</small> : null}{row.degraded ? <small>degraded</small> : null}{row.outdated ? <small>outdated</small> : null}</td>
      <td>{row.option_id || "–"}</td>
      <td>{moment(row.created_at, { seconds: true })}</td>
      <td class="right">{duration(row.age_seconds)}</td>
    </tr>
  );
}
