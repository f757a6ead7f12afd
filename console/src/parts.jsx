// Small parts that every view uses.
import { useEffect, useRef } from "preact/hooks";
import { signInAgain } from "./api.js";
import { STATUSES, words } from "./format.js";

export function Status({ status }) {
  const { title, tone } = STATUSES[status] ?? { title: words(status), tone: "plain" };
  return <span class={`badge ${tone}`}>{title}</span>;
}

export const Badge = ({ tone = "plain", children }) => <span class={`badge ${tone}`}>{children}</span>;

/** What went wrong, and since when (`at`, milliseconds) what else is on the page is not news any more. */
export function Failure({ error, at = 0 }) {
  return (
    <p class="failure" role="alert">{error.message}{error.code ? <> <code>{error.code}</code></> : null}
{at > 0 && <>. What stands here is of {new Date(at).toISOString().slice(11, 19)} UTC.</>}
      {error.status === 401 && <> <button class="plain" onClick={signInAgain}>Sign in again</button></>}
    </p>
  );
}

export const Waiting = ({ what }) => <p class="quiet" role="status">Loading {what} …</p>;

/** A window over the page, closed by Escape, its button, or a click beside it; the focus goes back to where it was. */
export function Window({ title, onClose, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="window-title" onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <div class="window">
        <header><h2 id="window-title">{title}</h2><button class="close" aria-label="Close" onClick={() => dialog.current.close()}>×</button></header>
        {children}
      </div>
    </dialog>
  );
}

/** Names and values, one pair a line. */
export function Pairs({ pairs }) {
  return <dl class="pairs">{pairs.map(([name, value], index) => <div key={index}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

/** What is wider than the page scrolls in here, by keyboard too. */
export function Wide({ label, children }) {
  return <div class="wide" role="region" aria-label={label} tabIndex={0}>{children}</div>;
}
