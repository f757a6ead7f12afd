// The console by keyboard, also while it is read again. `tests/console/test_browser.py` starts the site and this.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browse } from "./browser.mjs";

let browser;
let page;
const { open, shot, accessible, quiet } = Object.fromEntries(["open", "shot", "accessible", "quiet"].map((name) => [name, (...given) => browser[name](...given)]));

before(async () => {
  browser = await browse();
  page = browser.page;
});
after(() => browser?.close());

/** Presses keys as fast as they can come: no view is drawn in between. */
const keys = (...pressed) => page.evaluate((each) => {
  for (const key of each) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}, pressed);

test("the matrix of sixty options is walked by keyboard, and a cell opens rule, source and evidence", async () => {
  await open("/run-many/matrix", "table.matrix button.sign");
  assert.equal(await page.locator("table.matrix thead th").count(), 61);
  await page.locator("table.matrix button.sign[tabindex='0']").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.at), "1,1");
  await page.keyboard.press("End");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.at), "1,59");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  const window = page.locator("dialog[open]");
  await window.waitFor();
  for (const word of ["Rule", "Source", "Evidence", "Demands"]) assert.ok((await window.textContent()).includes(word), word);
  await accessible("cell");
  await shot("cell");
  await page.keyboard.press("Escape");
  await window.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.dataset.at), "1,0");
  await accessible("matrix");
  await shot("matrix");
  quiet();
});

test("tabs are walked by keyboard, and each view opens", async () => {
  // The tabs of the picture come with it; until then the keys lead past them.
  await open("/run-real/options", "#tab-map");
  await page.locator("[role=tab][aria-selected=true]").focus();
  for (const name of ["timeline", "map", "matrix", "agents", "ask", "time", "compare", "audit"]) {
    await page.keyboard.press("ArrowRight");
    await page.locator(`#tab-${name}[aria-selected=true]`).waitFor();
  }
  await page.getByText("unbroken").waitFor();
  await accessible("audit");
  await page.keyboard.press("Home");
  await page.locator("#tab-options[aria-selected=true]").waitFor();
  await keys("ArrowRight", "ArrowRight", "ArrowRight");
  await page.locator("#tab-matrix[aria-selected=true]").waitFor();
  quiet();
});

test("whoever is on a tab stays on it when others come before it", async () => {
  let arrives;
  const late = new Promise((go) => { arrives = go; });
  await page.route(/\/picture$/, async (route) => { await late; await route.continue(); });
  await open("/run-real/options", "#tab-matrix");
  await page.locator("[role=tab][aria-selected=true]").focus();
  await page.keyboard.press("ArrowRight");
  await page.locator("#tab-matrix[aria-selected=true]").waitFor();
  arrives();
  await page.locator("#tab-map").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-matrix");
  await page.keyboard.press("ArrowLeft");
  await page.locator("#tab-map[aria-selected=true]").waitFor();
  await page.unroute(/\/picture$/);
  quiet();
});

test("whoever is in a cell of the matrix stays in it when its rule moves", async () => {
  const path = /\/v1\/runs\/run-many$/;
  const active = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  await page.clock.install();
  await open("/run-many/matrix", "table.matrix button.sign");
  await page.locator("table.matrix button.sign[tabindex='0']").focus();
  await page.keyboard.press("ArrowRight");
  const [option, rule] = /^(\w+), (.+): /.exec(await active()).slice(1);
  await page.route(path, async (route) => {
    const answer = await route.fetch();
    const run = await answer.json();
    for (const each of run.options) each.violations = each.violations.filter((id) => id !== rule);
    await route.fulfill({ response: answer, json: run });
  });
  await page.clock.runFor(16000);
  const cell = page.getByRole("button", { name: `${option}, ${rule}: `, exact: false });
  await page.locator("table.matrix tbody tr").first().locator("button.sign").first().and(page.locator(`:not([aria-label*=", ${rule}: "])`)).waitFor();
  const [row, column] = (await cell.getAttribute("data-at")).split(",").map(Number);
  assert.ok(row > 0, "the rule that nothing breaks any more stands further down");
  assert.ok((await active())?.startsWith(`${option}, ${rule}: `), `the focus is on ${await active()}`);
  assert.equal(await cell.getAttribute("tabindex"), "0");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.at), `${row - 1},${column}`);
  await page.unroute(path);
  quiet();
});
