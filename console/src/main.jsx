// The page: where one is (in the hash of the address), and the view of it.
import { render } from "preact";
import { useEffect, useErrorBoundary, useRef, useState } from "preact/hooks";
import { configure } from "./api.js";
import { Failure } from "./parts.jsx";
import { RunPage } from "./run.jsx";
import { RunList } from "./runs.jsx";
import { followSignOut, signedIn, signedOut, signIn, signOut } from "./signin.js";

/** A part of the address as it was meant; one that nobody could have meant stays as it is. */
function meant(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `#/airline/runs/run-1/matrix?option=O5` as pack, run, tab and choices. */
function place(settings) {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [pack, , run, tab] = path.split("/").map(meant);
  const known = settings.packs.find((each) => each.name === pack) ?? settings.packs[0];
  return { pack: known?.name ?? "", run: run ?? "", tab: tab ?? "", query: new URLSearchParams(query) };
}

function Page({ settings }) {
  const [at, setAt] = useState(place(settings));
  const main = useRef(null);
  const where = `${at.pack}/${at.run}`;
  const before = useRef(where);
  useEffect(() => {
    const moved = () => setAt(place(settings));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  useEffect(() => {
    document.title = at.run ? `${at.run} · Conclave` : "Runs · Conclave";
    if (before.current !== where) main.current.focus({ preventScroll: true });
    before.current = where;
  }, [where]);
  const home = `#/${encodeURIComponent(at.pack)}/runs`;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current.focus(); }}>
        Skip to content
      </a>
      <header class="bar">
        <a class="brand" href={home}><img src="/icon.svg" alt="" width="24" height="24" /> Conclave</a>
        {settings.packs.length > 1 && (
          <label class="inline">Pack{" "}
            <select value={at.pack} onChange={(event) => { location.hash = `#/${event.currentTarget.value}/runs`; }}>
              {settings.packs.map((each) => <option key={each.name} value={each.name}>{each.name}</option>)}
            </select>
          </label>
        )}
        <span class="grow" />
        <span class="quiet">{settings.stage} · {at.pack}</span>
        {settings.signIn?.signOut && <button onClick={() => signOut(settings.signIn)}>Sign out</button>}
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {at.pack ? <View key={where} at={at} /> : <p class="failure" role="alert">No pack is deployed here. <code>conclave up</code> deploys one; then load this page again.</p>}
      </main>
    </>
  );
}

/** The view of a place. What cannot be drawn is said, and leaves the way to everything else open. */
function View({ at }) {
  const [error, again] = useErrorBoundary((found) => console.warn(found));
  if (error) return <><Failure error={new Error("This view cannot be drawn from what the API answered.")} /><button onClick={again}>Try again</button></>;
  return at.run ? <RunPage {...at} /> : <RunList pack={at.pack} />;
}

const root = document.getElementById("page");
const show = (page) => { root.replaceChildren(); render(page, root); };

async function begin() {
  const settings = await configure();
  if (settings.signIn) {
    followSignOut();
    if (signedOut()) {
      show(<main class="alone"><h1>You are signed out</h1><button onClick={() => signIn(settings.signIn)}>Sign in</button></main>);
      return;
    }
    await signedIn(settings.signIn);
  }
  show(<Page settings={settings} />);
}

try {
  await begin();
} catch (error) {
  const again = () => configure().then((settings) => settings.signIn ? signIn(settings.signIn) : location.reload());
  show(<main class="alone"><h1>The console did not open</h1><Failure error={error} /><button onClick={again}>Try again</button></main>);
}
