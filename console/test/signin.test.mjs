// Sign-in at the pages of a real user pool (the emulator's). `tests/console/test_browser.py` starts it, and the site, and this.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browse } from "./browser.mjs";

const { PAGES: pages, PERSON } = process.env;
const [name, password] = JSON.parse(PERSON);
let browser;
let page;
let url;
const quiet = () => assert.deepEqual(browser.complaints.filter((each) => /Error:|Content Security Policy|Trusted/.test(each)), []);

before(async () => {
  browser = await browse({ own: false });
  ({ page, url } = browser);
  page.setDefaultTimeout(60000);
});
after(() => browser?.close());

async function atThePool() {
  await page.waitForURL(`${pages}/oauth2/authorize?**`);
  const asked = new URL(page.url()).searchParams;
  assert.equal(asked.get("redirect_uri"), `${url}/`);
  assert.equal(asked.get("code_challenge_method"), "S256");
  return asked;
}
/** Has the API refuse tokens. It is not the page that says so: the page may be on its way to the pool by then. */
async function expire(query) {
  const answer = await fetch(`${url}/expire?${query}`);
  assert.equal(answer.status, 200);
}
async function signIn() {
  await page.locator("#username").fill(name);
  await page.locator("#password").fill(password);
  await page.locator("#password").press("Enter");
  await page.locator("main h1").waitFor();
}

test("a person signs in and is back where the link led, with no token for others to find", async () => {
  await page.goto(`${url}/#/airline/runs`);
  await atThePool();
  await signIn();
  await page.getByText(/no such runs/).first().waitFor();
  assert.equal(page.url(), `${url}/#/airline/runs`);
  const left = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
  assert.equal(left, JSON.stringify([{}, {}, ""]));
  await browser.everywhere("signed-in");
  quiet();
});

test("a code that comes without its sign-in is not exchanged", async () => {
  await page.goto("about:blank");
  await page.goto(`${url}/?code=stolen&state=guessed`);
  await page.getByText("this sign-in was not begun here").waitFor();
  await page.goto("about:blank");
  await page.goto(`${url}/?error=access_denied&error_description=you+may+not`);
  await page.getByText("the sign-in failed: you may not").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await atThePool();
});

test("a token that the API refuses leads back to the pool, each time with another state", async () => {
  const first = await atThePool();
  await signIn();
  await expire("");
  const second = await atThePool();
  for (const each of ["state", "code_challenge"]) assert.notEqual(first.get(each), second.get(each));
  await signIn();
  quiet();
});

test("who signs out is signed out here, in the other tab and at the pool, and the Back button brings nothing back", async () => {
  const other = await browser.context.newPage();
  await other.goto(`${url}/#/airline/runs`);
  await other.locator("#username").fill(name);
  await other.locator("#password").fill(password);
  await other.locator("#password").press("Enter");
  await other.getByText("no such runs").waitFor();
  const left = page.waitForRequest((request) => request.url().startsWith(`${pages}/logout?`));
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.equal(new URL((await left).url()).searchParams.get("logout_uri"), `${url}/`);
  for (const each of [page, other]) await each.getByRole("heading", { name: "You are signed out" }).waitFor();
  await other.close();
  await browser.everywhere("signed-out");
  await page.goBack().catch(() => null);
  await page.getByRole("button", { name: "Sign in" }).or(page.locator("#username")).first().waitFor();
  assert.equal(await page.getByRole("searchbox").count(), 0);
  await page.goto("about:blank");
  await page.goto(`${url}/`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await atThePool();
  await signIn();
  quiet();
});

test("a sign-in that the API never takes is said once, and not begun again and again", async () => {
  await page.getByText("no such runs").waitFor();
  await expire("all=yes");
  await atThePool();
  await signIn();
  const said = page.getByRole("alert");
  await said.getByText("the stage does not take this sign-in").waitFor();
  await browser.everywhere("not-taken");
  assert.ok(page.url().startsWith(url));
  await said.getByRole("button", { name: "Sign in again" }).click();
  await atThePool();
  await expire("all=no");
  await signIn();
  await page.getByText("no such runs").waitFor();
});
