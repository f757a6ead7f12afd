// Sign-in at the stage's user pool: authorisation code with PKCE (RFC 7636). The token lives in this page's memory only.

const KEPT = "conclave.sign-in";
let token = "";

export const accessToken = () => token;

const encoded = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));

/** Leaves for the sign-in page; the browser comes back to this page with a code. */
export async function signIn({ authorize, clientId, scopes }) {
  const kept = { state: random(), verifier: random(), hash: location.hash };
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
