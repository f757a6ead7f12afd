// Calls of the API, always to the page's own origin, and the state of what they answer.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { accessToken, accepted, signIn, worthSigningIn } from "./signin.js";

const OPEN_MILLISECONDS = 1500;
const ENDED_MILLISECONDS = 15000;
const LONGEST_MILLISECONDS = 30000;
const ANSWER_MILLISECONDS = 40000;

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
  const late = AbortSignal.timeout(ANSWER_MILLISECONDS);
  let answer;
  try {
    answer = await fetch(`${base}/v1${path}`, {
      method, headers, signal: signal ? AbortSignal.any([signal, late]) : late, cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error.name === "TimeoutError") throw new ApiError(0, "unreachable", `no answer within ${ANSWER_MILLISECONDS / 1000} seconds`);
    throw new ApiError(0, "unreachable", settings.stage === "local" ? "nobody answers; is the local cloud running? conclave up starts it" : "nobody answers; check the network");
  }
  if (answer.status === 401 && settings.signIn) {
    if (!worthSigningIn()) throw new ApiError(401, "unauthorised", "the stage does not take this sign-in, or not any more");
    await signIn(settings.signIn);
    return new Promise(() => {});
  }
  accepted();
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

/** The events of one kind that were told of a run after an ordinal. */
export async function eventsAfter(pack, id, after, kind, signal) {
  const told = [];
  for (let events; !events || events.length;) {
    ({ events } = await getPart(pack, id, `events?${new URLSearchParams({ after: told.at(-1)?.ordinal ?? after, kinds: kind })}`, signal));
    told.push(...events);
  }
  return told;
}

/** Whether the page's server lets somebody else act, by their name: the local cloud does, where nobody signs in. */
export const actsAsOthers = () => Boolean(settings.actAs);

/**
 * Pages of a list, one after the other, until there are no more or `most` rows are there. `take(rows, more, beyond)` gets
 * what has come so far, whether more will come and whether there is more than is asked for; it may answer true to have enough.
 */
export async function listRuns(pack, asked, take, signal, most = 1000) {
  let rows = [];
  let next = "";
  do {
    const query = new URLSearchParams({ limit: "100", ...asked, ...(next ? { next } : {}) });
    const page = await call(pack, `/runs?${query}`, { signal });
    rows = [...rows, ...page.runs];
    next = page.next ?? "";
    if (take(rows, Boolean(next) && rows.length < most, Boolean(next))) return;
  } while (next && rows.length < most);
}

/** Leaves for the sign-in pages, where there are any, whatever was typed. */
export const signInAgain = () => (settings.signIn ? signIn(settings.signIn) : location.reload());

/** Statuses after which what was shown before may not be shown any more: it is gone, or not for this person. */
const FINAL = [403, 404, 410];

/** Milliseconds until something that was refused so many times in a row is asked for again: twice as long each time, within a bound. */
export const patience = (error, failures) => (FINAL.includes(error.status) ? LONGEST_MILLISECONDS : Math.min(LONGEST_MILLISECONDS, OPEN_MILLISECONDS * 2 ** failures));

/**
 * What `load(signal)` answers, asked again as long as the page is looked at: soon while `open(data)`, seldom afterwards, and ever
 * more seldom while it is refused. Returns `{data, error, at, again}`; `data` of the moment `at` stays while a later question fails,
 * unless it was refused for good.
 */
export function usePolled(load, open, key) {
  const [state, setState] = useState({ key, data: null, error: null, at: 0 });
  const asking = useRef(null);
  const ask = useCallback(async () => {
    asking.current?.abort();
    const control = new AbortController();
    asking.current = control;
    try {
      const data = await load(control.signal);
      if (control.signal.aborted) return {};
      setState({ key, data, error: null, at: Date.now() });
      return { data };
    } catch (error) {
      if (control.signal.aborted) return {};
      setState((before) => ({ ...before, key, data: before.key === key && !FINAL.includes(error.status) ? before.data : null, error }));
      return { error };
    }
  }, [key]);
  useEffect(() => {
    let timer = 0;
    let turn = 0;
    let failures = 0;
    const round = async () => {
      const mine = ++turn;
      clearTimeout(timer);
      if (document.hidden) return;
      const { data, error } = await ask();
      if (mine !== turn) return;
      failures = error ? failures + 1 : 0;
      timer = setTimeout(round, error ? patience(error, failures) : data && !open(data) ? ENDED_MILLISECONDS : OPEN_MILLISECONDS);
    };
    document.addEventListener("visibilitychange", round);
    round();
    return () => {
      turn = -1;
      document.removeEventListener("visibilitychange", round);
      clearTimeout(timer);
      asking.current?.abort();
    };
  }, [key]);
  return state.key === key ? { ...state, again: ask } : { data: null, error: null, at: 0, again: ask };
}

/** What `load(signal)` answers, asked once for each `key`, and again while it is refused; an empty key asks nothing. */
export function useLoaded(load, key) {
  const [state, setState] = useState({ key: "", data: null, error: null });
  useEffect(() => {
    if (!key) return undefined;
    const control = new AbortController();
    let timer = 0;
    let failures = 0;
    const round = () => load(control.signal).then(
      (data) => control.signal.aborted || setState({ key, data, error: null }),
      (error) => {
        if (control.signal.aborted) return;
        setState({ key, data: null, error });
        timer = setTimeout(round, patience(error, ++failures));
      },
    );
    round();
    return () => { control.abort(); clearTimeout(timer); };
  }, [key]);
  return state.key === key ? state : { data: null, error: null };
}

/** The last value that was there, so that nothing flickers while the next is loaded; never one of another state of the texts. */
export function useLast(value, texts) {
  const last = useRef({ value: null, texts });
  if (last.current.texts !== texts) last.current = { value: null, texts };
  if (value && (value.texts ?? texts) === texts) last.current.value = value;
  return last.current.value;
}
