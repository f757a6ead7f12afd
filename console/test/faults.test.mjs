// What the page does when the API refuses, falls silent, or takes away what is being looked at. `tests/console/test_browser.py` starts it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browse } from "./browser.mjs";

const DAY = "2026-11-21";
let browser;
let page;

before(async () => {
  browser = await browse();
  page = browser.page;
});
after(() => browser?.close());

const alert = () => page.getByRole("alert");
const refusal = (status, code, message) => (route) => route.fulfill({ status, contentType: "application/json", body: JSON.stringify({ error: { code, message } }) });
const said = () => page.locator(".card .said");

const pause = () => new Promise((go) => setTimeout(go, 20));

/**
 * Lets the page's own clock go on by so many seconds, and hastens it only while no answer of the address is under way: how slow
 * the machine is makes no difference. Gives how often the address was asked for.
 */
async function pass(seconds, address) {
  let asked = 0;
  const open = new Set();
  const begun = (request) => {
    if (!address.test(request.url())) return;
    asked += 1;
    open.add(request);
  };
  const ended = (request) => open.delete(request);
  const heard = [["request", begun], ["requestfinished", ended], ["requestfailed", ended]];
  for (const [event, hear] of heard) page.on(event, hear);
  const now = () => page.evaluate(() => Date.now());
  const until = await now() + seconds * 1000;
  while (await now() < until) {
    await page.clock.runFor(1000);
    do await pause(); while (open.size);
  }
  for (const [event, hear] of heard) page.off(event, hear);
  return asked;
}

test("a run that nobody knows is said, with a way back, and an address that nobody could mean harms nothing", async () => {
  await browser.open("/run-nowhere", "h1");
  await alert().getByText("run_not_found").waitFor();
  await browser.everywhere("unknown");
  await page.getByRole("link", { name: "Runs" }).click();
  await page.getByRole("heading", { name: "Runs" }).waitFor();
  await browser.open("/%zz/%E0", "h1");
  await alert().waitFor();
});

for (const [status, code, message] of [[500, "internal", "the gateway failed"], [429, "throttled", "too many requests"], [401, "unauthorised", "the signature is missing"]]) {
  test(`while the API answers ${status}, what was read stays with its time, and it is asked ever more seldom`, async () => {
    await page.clock.install();
    await browser.open("/run-real/agents", ".card .said");
    await page.route(/\/v1\/runs\/run-real$/, refusal(status, code, message));
    await page.clock.runFor(16000);
    await alert().getByText(message).waitFor();
    await alert().getByText(/What stands here is of \d\d:\d\d:\d\d UTC/).waitFor();
    assert.ok(await said().count() > 3);
    const asked = await pass(90, /runs\/run-real$/);
    assert.ok(asked >= 3 && asked <= 7, `asked ${asked} times in 90 seconds`);
    if (status === 500) await browser.everywhere("refused");
    await page.unroute(/\/v1\/runs\/run-real$/);
    await pass(31, /runs\/run-real$/);
    await alert().waitFor({ state: "detached" });
  });
}

for (const status of [403, 404]) {
  test(`once the API answers ${status} about a run, nothing of it stays on the page`, async () => {
    await page.clock.install();
    await browser.open("/run-real/agents", ".card .said");
    const words = await said().first().textContent();
    await page.route(/\/v1\/runs\/run-real$/, refusal(status, "refused", "not for you"));
    await page.clock.runFor(16000);
    await alert().getByText("not for you").waitFor();
    assert.ok(!(await page.locator("body").textContent()).includes(words));
    await page.unroute(/\/v1\/runs\/run-real$/);
  });
}

test("a live run whose API falls silent is shown as of then, and goes on when it answers again", async () => {
  await browser.open("/run-live", "ol.phases li.running");
  await page.locator(".card.live").first().waitFor();
  await page.locator("#tab-timeline").waitFor(); // so that nothing but the run is missing from now on
  await page.route("**/v1/**", (route) => route.abort());
  await alert().getByText("nobody answers; is the local cloud running?").waitFor();
  assert.ok(await page.locator(".card").count() > 0);
  await page.unroute("**/v1/**");
  await browser.letGo("recommend", "arbitrate");
  await page.locator("h1 .badge.good", { hasText: "decided" }).waitFor();
  assert.equal(await alert().count(), 0);
  assert.equal(await page.locator("[role=tab][aria-selected=true]").textContent(), "Agents", "it is not taken elsewhere");
});

test("a picture that cannot be loaded is said to be missing, and is there once it can", async () => {
  await page.clock.install();
  await page.route(/\/picture$/, refusal(500, "internal", "the gateway failed"));
  await browser.open("/run-real/matrix", "table.matrix button.sign");
  await alert().getByText("Timeline, map and evidence are missing for now").waitFor();
  await page.locator("table.matrix button.sign").first().click();
  await page.locator("dialog[open]").getByText("It could not be loaded").waitFor();
  await page.unroute(/\/picture$/);
  await pass(31, /\/picture$/);
  await page.locator("dialog[open] dt").nth(7).waitFor();
  assert.equal(await alert().count(), 0);
  await page.keyboard.press("Escape");
  await page.getByRole("tab", { name: "Timeline" }).waitFor();
});

test("a question is answered, whether what is done for it can be heard or not", async () => {
  await browser.open("/run-real/ask", ".ask form");
  await browser.letGo("question");
  await page.route(/\/events\?/, (route) => (route.request().url().includes("after=0") ? undefined : route.abort()));
  await page.getByLabel("Question").fill("Why not O3?");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.locator(".ask ol li", { hasText: "Why not O3?" }).waitFor();
  assert.equal(await page.getByText("What was done for it").count(), 0);
  await page.unroute(/\/events\?/);
});

test("an answer that makes no sense spoils its view only", async () => {
  await page.route(/\/v1\/runs\/run-real$/, (route) => route.fulfill({ status: 200, contentType: "application/json", body: "{}" }));
  await browser.open("/run-real", "[role=alert]");
  await alert().getByText("This view cannot be drawn").waitFor();
  await page.unroute(/\/v1\/runs\/run-real$/);
  await page.getByRole("link", { name: "Conclave" }).click();
  await page.getByRole("searchbox").waitFor();
});

test("a place without a pack says what to do", async () => {
  await page.route("**/config.json", (route) => route.fulfill({ json: { stage: "local", packs: [], signIn: null } }));
  await browser.open("", "[role=alert]");
  await alert().getByText("No pack is deployed here").waitFor();
  await page.unroute("**/config.json");
});

test("a new run stands in a long list of ended ones soon, and the list says when it is not of now", async () => {
  await page.clock.install();
  await browser.open("", "main h1");
  await page.getByLabel("Day (UTC)").fill(DAY);
  await page.getByText("500 runs", { exact: true }).waitFor();
  await page.getByRole("searchbox").fill("EY17");
  const pages = [];
  await page.route(/\/v1\/runs\?/, async (route) => {
    const answer = await route.fetch();
    const found = await answer.json();
    pages.push(route.request().url());
    const fresh = { ...found.runs[0], run_id: "run-new", summary: "EY17 has just been reported" };
    await route.fulfill({ response: answer, json: { ...found, runs: /next=|status=/.test(route.request().url()) ? found.runs : [fresh, ...found.runs] } });
  });
  await page.clock.runFor(6000);
  await page.getByRole("link", { name: "EY17 has just been reported" }).waitFor();
  const next = pages.findIndex((each, index) => index > 0 && !/next=|status=/.test(each));
  const first = next < 0 ? pages : pages.slice(0, next);
  assert.ok(first.length <= 3, `${first.length} pages for one new run, and those that are open`);
  await page.unroute(/\/v1\/runs\?/);
  await page.route(/\/v1\/runs\?/, refusal(429, "throttled", "too many requests"));
  await page.clock.runFor(6000);
  await alert().getByText(/What stands here is of/).waitFor();
  assert.ok(await page.locator("table.list tbody tr").count() > 0);
  await page.unroute(/\/v1\/runs\?/);
});

test("what somebody looked for is still there after a look at a run", async () => {
  await browser.open("", "main h1");
  await page.getByLabel("Day (UTC)").fill(DAY);
  await page.getByRole("searchbox").fill("EY17 AOG");
  await page.locator("table.list a").first().click();
  await page.getByRole("tab").first().waitFor();
  assert.match(await page.title(), /^run-/);
  await page.getByRole("link", { name: "Runs" }).click();
  await page.locator("table.list a").first().waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), "EY17 AOG");
  assert.equal(await page.getByLabel("Day (UTC)").inputValue(), DAY);
});

test("texts that somebody else erases vanish from an open cell and from every view", async () => {
  await page.clock.install();
  await browser.open("/run-erase/matrix", "table.matrix button.sign");
  await page.locator("table.matrix button.sign.broken").first().click();
  const cell = page.locator("dialog[open]");
  const rule = await cell.locator("dd").first().textContent();
  assert.ok(rule.length > 10);
  const erased = await page.evaluate(() => fetch("/packs/airline/v1/runs/run-erase/erasure", {
    method: "POST", headers: { "Content-Type": "application/json", "X-Conclave-Console": "1" }, body: JSON.stringify({ reason: "a person asked for it" }),
  }).then((answer) => answer.status));
  assert.equal(erased, 200);
  await page.clock.runFor(16000);
  await cell.getByText("Erased with the texts of the run.").waitFor();
  assert.ok(!(await page.locator("body").textContent()).includes(rule));
  await browser.everywhere("erased-cell");
  await page.keyboard.press("Escape");
  await browser.everywhere("erased");
});
