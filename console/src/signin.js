// Sign-in at the stage's user pool: authorisation code with PKCE (RFC 7636). The token lives in this page's memory only.

const KEPT = "conclave.sign-in";
const LEFT = "conclave.signed-out";
let token = "";
let wasAccepted = false;

export const accessToken = () => token;

/** Notes that the API took the token: a later refusal means that it has ended. */
export function accepted() {
  wasAccepted = Boolean(token);
}

/**
 * Whether a new sign-in can mend a refusal. A token that was never taken would be refused again, round and round; and who
 * has typed something keeps it, and is told.
 */
export const worthSigningIn = () => wasAccepted && ![...document.querySelectorAll("form.act input, form.act textarea")].some((each) => each.value);

const encoded = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));

/** Leaves for the sign-in page; the browser comes back to this page with a code. */
export async function signIn({ authorize, clientId, scopes }) {
  const kept = { state: random(), verifier: random(), hash: location.hash };
  sessionStorage.removeItem(LEFT);
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(kept.verifier));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: `${location.origin}/`,
    scope: scopes.join(" "),
    state: kept.state,
    code_challenge: encoded(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  location.assign(`${authorize}?${query}`);
}

/** Makes sure that there is a token where one is wanted: takes the code that the browser came back with, or leaves for one. */
export async function signedIn(wanted) {
  if (!wanted || token) return;
  const came = new URLSearchParams(location.search);
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  if (came.has("error")) throw new Error(`the sign-in failed: ${came.get("error_description") ?? came.get("error")}`);
  if (!came.has("code")) {
    await signIn(wanted);
    await new Promise(() => {});
  }
  if (!kept || came.get("state") !== kept.state) throw new Error("this sign-in was not begun here; open the page again");
  const answer = await fetch(wanted.token, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: wanted.clientId,
      redirect_uri: `${location.origin}/`,
      code: came.get("code"),
      code_verifier: kept.verifier,
    }),
  });
  if (!answer.ok) throw new Error("the sign-in page gave no token; open the page again");
  token = (await answer.json()).access_token;
  history.replaceState(null, "", `/${kept.hash}`);
}

const tabs = new BroadcastChannel(LEFT);

/** Forgets the token, here and in the other tabs, and ends the sign-in at the pool; the browser comes back to this page, which says so. */
export function signOut({ signOut: pages, clientId }) {
  tabs.postMessage("left");
  leave(`${pages}?${new URLSearchParams({ client_id: clientId, logout_uri: `${location.origin}/` })}`);
}

function leave(to) {
  token = "";
  wasAccepted = false;
  sessionStorage.setItem(LEFT, "1");
  location.replace(to);
}

/** Whether somebody signed out in this tab, and has not signed in again. A page that the browser kept for its Back button is loaded anew. */
export const signedOut = () => Boolean(sessionStorage.getItem(LEFT));

/** Has this tab follow when somebody signs out in another, or comes back to it afterwards. */
export function followSignOut() {
  tabs.onmessage = () => leave(`${location.origin}/`);
  addEventListener("pageshow", (event) => event.persisted && signedOut() && location.reload());
}
