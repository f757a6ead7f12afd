// A headless Chromium looks at a fork beside its parent. `tests/console/test_browser.py` starts the site and this.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { CONSOLE_URL: url, CHROMIUM: executablePath, PROFILE: profile, SCREENSHOTS: shots } = process.env;
let context;
let page;
const complaints = [];

before(async () => {
  context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1280, height: 900 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  page = await context.newPage();
  page.setDefaultTimeout(30000);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
});
after(() => context?.close());

test("a run is shown beside its fork: what is other in a table, what is the same in one line", async () => {
  await page.goto(`${url}/#/airline/runs/run-real/compare`);
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
  await page.screenshot({ path: `${shots}/compare.png`, fullPage: true });
  assert.deepEqual(complaints, []);
});

test("a fork says whose it is, and that it decides for nobody", async () => {
  const fork = new URL(page.url()).hash.split("with=")[1];
  await page.goto(`${url}/#/airline/runs/${fork}`);
  const note = page.getByText("a decision for nobody");
  await note.waitFor();
  assert.match(await note.innerText(), /A fork of run-real from arbitrate/);
  await note.getByRole("link", { name: "run-real" }).click();
  await page.getByRole("tab", { name: "Compare" }).waitFor();
  assert.equal(await page.getByText("a decision for nobody").count(), 0);
});

test("a run that is not there is told", async () => {
  await page.goto(`${url}/#/airline/runs/run-real/compare`);
  await page.getByLabel("Run", { exact: true }).fill("run-nowhere");
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("alert").waitFor();
});
