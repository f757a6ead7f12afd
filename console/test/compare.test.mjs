// A headless Chromium looks at a fork beside its parent. `tests/console/test_browser.py` starts the site and this.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browse } from "./browser.mjs";

let browser;
let page;

before(async () => {
  browser = await browse();
  page = browser.page;
});
after(() => browser?.close());

test("a run is shown beside its fork: what is other in a table, what is the same in one line", async () => {
  await browser.open("/run-real/compare", "#tab-compare[aria-selected=true]");
  await page.getByLabel("Related runs").selectOption({ index: 1 });
  const table = page.getByRole("table", { name: "Two runs side by side" });
  await table.waitFor();
  const heads = await table.locator("thead th").allInnerTexts();
  assert.match(heads[0], /^run-real/);
  assert.match(heads[1], /a fork of run-real from arbitrate, came out as decided/);
  assert.match(heads[1], /rule: Total cost is not \$/);
  assert.match(heads[1], /prompt of arbiter: added/);
  const said = await table.innerText();
  for (const part of ["Decision", "Rules", "Cost", "Durations"]) assert.ok(said.includes(part), part);
  assert.ok(!said.includes("Mind the passengers"), "the words for an agent are not shown here");
  assert.match(await page.locator("#panel p.quiet").last().innerText(), /The same in both: .*incident/);
  const row = table.locator("tr", { has: page.getByRole("rowheader", { name: "Option id", exact: true }) });
  const [one, other] = await row.locator("td").allInnerTexts();
  assert.notEqual(one, other);
  await browser.everywhere("compare");
  browser.quiet();
});

test("a fork says whose it is, and that it decides for nobody", async () => {
  const fork = new URL(page.url()).hash.split("with=")[1];
  await browser.open(`/${fork}`, "main h1");
  const note = page.getByText("a decision for nobody");
  await note.waitFor();
  assert.match(await note.innerText(), /A fork of run-real from arbitrate/);
  await note.getByRole("link", { name: "run-real" }).click();
  await page.locator("p.crumbs", { hasText: /\/ run-real$/ }).waitFor();
  assert.equal(await page.getByText("a decision for nobody").count(), 0);
});

test("a run that is not there is told", async () => {
  await browser.open("/run-real/compare", "#tab-compare[aria-selected=true]");
  await page.getByLabel("Run", { exact: true }).fill("run-nowhere");
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("alert").waitFor();
});
