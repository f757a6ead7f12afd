// The list of runs: of a day or of a status, searched as one types.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { listRuns } from "./api.js";
import { duration, isOpen, moment, STATUSES } from "./format.js";
import { Failure, Status } from "./parts.jsx";

const AGAIN_MILLISECONDS = 5000;
const today = () => new Date().toISOString().slice(0, 10);

export function RunList({ pack }) {
  const [status, setStatus] = useState("");
  const [day, setDay] = useState(today());
  const [search, setSearch] = useState("");
  const [state, setState] = useState({ rows: null, more: false, error: null });
  const rounds = useRef(0);

  useEffect(() => {
    const control = new AbortController();
    let timer = 0;
    const asked = status ? { status } : { day };
    const round = async () => {
      const first = !rounds.current++;
      try {
        let last = [];
        await listRuns(pack, asked, (rows, more) => {
          last = rows;
          if (first || !more) setState({ rows, more, error: null });
        }, control.signal);
        if (!last.some((row) => isOpen(row.status)) && last.length > 100) return;
      } catch (error) {
        if (control.signal.aborted) return;
        setState((before) => ({ ...before, error }));
      }
      timer = setTimeout(() => (document.hidden ? (timer = setTimeout(round, AGAIN_MILLISECONDS)) : round()), AGAIN_MILLISECONDS);
    };
    rounds.current = 0;
    setState({ rows: null, more: false, error: null });
    round();
    return () => { control.abort(); clearTimeout(timer); };
  }, [pack, status, day]);

  const found = useMemo(() => {
    const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
    return (state.rows ?? []).filter((row) => {
      const said = `${row.run_id} ${row.summary} ${row.status} ${row.option_id ?? ""}`.toLowerCase();
      return wanted.every((word) => said.includes(word));
    });
  }, [state.rows, search]);

  return (
    <>
      <h1>Runs</h1>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label class="grow">Search
          <input type="search" value={search} onInput={(event) => setSearch(event.currentTarget.value)} placeholder="words, an id, an option" />
        </label>
        <label>Status
          <select value={status} onChange={(event) => setStatus(event.currentTarget.value)}>
            <option value="">all of a day</option>
            {Object.entries(STATUSES).map(([value, { title }]) => <option key={value} value={value}>{title}</option>)}
          </select>
        </label>
        <label>Day (UTC)
          <input type="date" value={day} disabled={Boolean(status)} onChange={(event) => event.currentTarget.value && setDay(event.currentTarget.value)} />
        </label>
      </form>
      {state.error && <Failure error={state.error} />}
      <p class="quiet" role="status">
        {state.rows === null ? (state.error ? "" : "Loading runs …")
          : `${found.length} of ${state.rows.length} runs${state.more ? ", loading more …" : ""}`}
      </p>
      {state.rows !== null && found.length > 0 && (
        <table class="list">
          <thead><tr><th scope="col">Incident</th><th scope="col">Status</th><th scope="col">Option</th><th scope="col">Began (UTC)</th><th scope="col" class="right">Took</th></tr></thead>
          <tbody>{found.map((row) => <Row key={row.run_id} row={row} pack={pack} />)}</tbody>
        </table>
      )}
    </>
  );
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
