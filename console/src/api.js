// Calls of the API, always to the page's own origin, and the state of what they answer.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { accessToken, signIn } from "./signin.js";

const OPEN_MILLISECONDS = 1500;
const ENDED_MILLISECONDS = 15000;

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

let settings = { packs: [], signIn: null };

/** Reads what the page's own server says of itself: which packs there are, where people sign in. */
export async function configure() {
  const answer = await fetch("/config.json", { cache: "no-store" });
  if (!answer.ok) throw new ApiError(answer.status, "config_missing", "the page's server gives no configuration");
  settings = await answer.json();
  return settings;
}

export async function call(pack, path, { method = "GET", body, signal, actor } = {}) {
  const headers = { Accept: "application/json", "X-Conclave-Console": "1" };
  const token = accessToken();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (actor?.name) Object.assign(headers, { "X-Conclave-Person": actor.name, "X-Conclave-Group": actor.group });
  const base = settings.packs.find((each) => each.name === pack)?.base ?? "";
  let answer;
  try {
    answer = await fetch(`${base}/v1${path}`, {
      method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "nobody answers; is the cloud running?");
  }
  if (answer.status === 401 && settings.signIn) {
    await signIn(settings.signIn);
    return new Promise(() => {});
  }
  const document = await answer.json().catch(() => null);
  if (!answer.ok) {
    const told = document?.error ?? {};
    throw new ApiError(answer.status, told.code ?? `http_${answer.status}`, told.message ?? `status ${answer.status}`);
  }
  if (document === null) throw new ApiError(answer.status, "not_json", "the answer is not JSON");
  return document;
}

const pathOf = (runId) => `/runs/${encodeURIComponent(runId)}`;
export const getRun = (pack, id, signal) => call(pack, pathOf(id), { signal });
export const getPart = (pack, id, part, signal) => call(pack, `${pathOf(id)}/${part}`, { signal });
export const postAct = (pack, id, act, body, actor) => call(pack, `${pathOf(id)}/${act}`, { method: "POST", body, actor });

/** Whether the page's server lets somebody else act, by their name: the local cloud does, where nobody signs in. */
export const actsAsOthers = () => Boolean(settings.actAs);

/** Pages of a list, one after the other, until there are no more or `most` rows are there; `take` gets what has come so far. */
export async function listRuns(pack, asked, take, signal, most = 1000) {
  let rows = [];
  let next = "";
  do {
    const query = new URLSearchParams({ limit: "100", ...asked, ...(next ? { next } : {}) });
    const page = await call(pack, `/runs?${query}`, { signal });
    rows = [...rows, ...page.runs];
    next = page.next ?? "";
    take(rows, Boolean(next) && rows.length < most);
  } while (next && rows.length < most);
}

/**
 * What `load(signal)` answers, asked again as long as the page is looked at: soon while `open(data)`, seldom afterwards.
 * Returns `{data, error, again}`; `data` stays while a later question fails.
 */
export function usePolled(load, open, key) {
  const [state, setState] = useState({ key, data: null, error: null });
  const asking = useRef(null);
  const ask = useCallback(async () => {
    asking.current?.abort();
    const control = new AbortController();
    asking.current = control;
    try {
      const data = await load(control.signal);
      if (!control.signal.aborted) setState({ key, data, error: null });
      return data;
    } catch (error) {
      if (!control.signal.aborted) setState((before) => ({ key, data: before.key === key ? before.data : null, error }));
      return null;
    }
  }, [key]);
  useEffect(() => {
    let timer = 0;
    let stopped = false;
    const round = async () => {
      const data = document.hidden ? undefined : await ask();
      if (stopped) return;
      timer = setTimeout(round, data && !open(data) ? ENDED_MILLISECONDS : OPEN_MILLISECONDS);
    };
    round();
    return () => {
      stopped = true;
      clearTimeout(timer);
      asking.current?.abort();
    };
  }, [key]);
  return state.key === key ? { ...state, again: ask } : { data: null, error: null, again: ask };
}

/** What `load(signal)` answers, asked once for each `key`; an empty key asks nothing. What an earlier key had is not kept. */
export function useLoaded(load, key) {
  const [state, setState] = useState({ key: "", data: null, error: null });
  useEffect(() => {
    if (!key) return undefined;
    const control = new AbortController();
    load(control.signal).then(
      (data) => setState({ key, data, error: null }),
      (error) => control.signal.aborted || setState({ key, data: null, error }),
    );
    return () => control.abort();
  }, [key]);
  return state.key === key ? state : { data: null, error: null };
}
