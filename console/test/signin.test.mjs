// Sign-in at the pages of a real user pool (the emulator's). `tests/console/test_browser.py` starts it, and the site, and this.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { CONSOLE_URL: url, CHROMIUM: executablePath, PROFILE: profile, PAGES: pages, PERSON, SCREENSHOTS: shots } = process.env;
const [name, password] = JSON.parse(PERSON);
let context;
let page;
let complaints = [];

before(async () => {
  context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  page = await context.newPage();
  page.setDefaultTimeout(60000);
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => /Content Security Policy|Trusted/.test(message.text()) && complaints.push(message.text()));
});
after(() => context?.close());

async function atThePool() {
  await page.waitForURL(`${pages}/oauth2/authorize?**`);
  const asked = new URL(page.url()).searchParams;
  assert.equal(asked.get("redirect_uri"), `${url}/`);
  assert.equal(asked.get("code_challenge_method"), "S256");
  return asked;
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
  await page.getByText(/0 of 0 runs|no runs/i).first().waitFor();
  assert.equal(page.url(), `${url}/#/airline/runs`);
  const left = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
  assert.equal(left, JSON.stringify([{}, {}, ""]));
  await page.screenshot({ path: `${shots}/signed-in.png` });
  assert.deepEqual(complaints, []);
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
  await page.evaluate(() => fetch("/expire"));
  const second = await atThePool();
  for (const each of ["state", "code_challenge"]) assert.notEqual(first.get(each), second.get(each));
  await signIn();
  assert.deepEqual(complaints, []);
});
