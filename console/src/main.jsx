// The page: where one is (in the hash of the address), and the view of it.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { configure } from "./api.js";
import { Failure } from "./parts.jsx";
import { RunPage } from "./run.jsx";
import { RunList } from "./runs.jsx";
import { signedIn, signIn } from "./signin.js";

/** `#/airline/runs/run-1/matrix?option=O5` as pack, run, tab and choices. */
function place(settings) {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [pack, , run, tab] = path.split("/").map(decodeURIComponent);
  const known = settings.packs.find((each) => each.name === pack) ?? settings.packs[0];
  return { pack: known?.name ?? "", run: run ?? "", tab: tab || "options", query: new URLSearchParams(query) };
}

function Page({ settings }) {
  const [at, setAt] = useState(place(settings));
  useEffect(() => {
    const moved = () => setAt(place(settings));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const home = `#/${encodeURIComponent(at.pack)}/runs`;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main").focus(); }}>
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
      </header>
      <main id="main" tabIndex={-1}>
        {at.run ? <RunPage key={`${at.pack}/${at.run}`} {...at} /> : <RunList key={at.pack} pack={at.pack} />}
      </main>
    </>
  );
}

const root = document.getElementById("page");
try {
  const settings = await configure();
  await signedIn(settings.signIn);
  root.replaceChildren();
  render(<Page settings={settings} />, root);
} catch (error) {
  root.replaceChildren();
  const again = () => configure().then((settings) => settings.signIn ? signIn(settings.signIn) : location.reload());
  render(<main class="alone"><Failure error={error} /><button onClick={again}>Try again</button></main>, root);
}
