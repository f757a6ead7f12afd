// A real headless Chromium goes through the console. `tests/console/test_browser.py` starts the site and this.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browse } from "./browser.mjs";

const DAY = "2026-11-21";
let browser;
let page;
const { open, shot, accessible, everywhere, quiet, letGo } = Object.fromEntries(["open", "shot", "accessible", "everywhere", "quiet", "letGo"].map((name) => [name, (...given) => browser[name](...given)]));

before(async () => {
  browser = await browse();
  page = browser.page;
});
after(() => browser?.close());

test("the list shows 500 runs, and finds one of them", async () => {
  await open("", "main h1");
  await page.getByLabel("Day (UTC)").fill(DAY);
  await page.getByText("500 runs", { exact: true }).waitFor();
  assert.equal(await page.locator("table.list tbody tr").count(), 500);
  await accessible("list");
  await page.getByRole("searchbox").fill("EY377 halted");
  await page.getByText(/^\d+ of 500 runs$/).waitFor();
  assert.equal(await page.locator("table.list tbody tr").count(), 0);
  await page.getByRole("searchbox").fill("EY17 AOG");
  await page.locator("table.list a").first().waitFor();
  await everywhere("list");
  await page.getByLabel("Status").selectOption("halted");
  await page.getByRole("searchbox").fill("");
  await page.getByText(/^12\d runs$/).waitFor();
  assert.deepEqual([...new Set(await page.locator("table.list tbody .badge").allTextContents())], ["halted"]);
  quiet();
});

test("a live run shows its phases and agents as they happen", async () => {
  await open("/run-live/agents", "ol.phases li");
  for (const [phase, agents] of [["recommend", 7], ["arbitrate", 1]]) {
    const title = new RegExp(`^${phase}`, "i");
    await page.locator("ol.phases li.running", { hasText: title }).waitFor();
    await page.locator("#panel section", { has: page.getByRole("heading", { name: title }) }).locator(".card.live").nth(agents - 1).waitFor();
    await shot(`live-${phase}`);
    await letGo(phase);
  }
  await page.locator("h1 .badge.good", { hasText: "decided" }).waitFor();
  assert.ok(await page.locator(".card").count() >= 8);
  await page.locator("p.unseen[role=status]", { hasText: "The run is now: decided" }).waitFor({ state: "attached" });
  quiet();
});

test("options are told apart by figures and scores", async () => {
  await open("/run-real/options", "table.options tbody tr");
  await page.locator("tr.chosen").waitFor();
  await accessible("options");
  await shot("options");
  const first = await page.locator("table.options tbody th b").allTextContents();
  await page.getByRole("button", { name: "Total cost" }).click();
  assert.notDeepEqual(await page.locator("table.options tbody th b").allTextContents(), first);
  quiet();
});

test("the timeline and the map draw what an option changes", async () => {
  await open("/run-real/timeline?option=O2", "svg.chart rect.bar.moved");
  assert.ok(await page.locator("svg.chart rect.bar.ghost").count() > 0);
  assert.ok(await page.getByText("Aircraft", { exact: true }).count() > 0);
  await accessible("timeline");
  await shot("timeline");
  await page.getByRole("tab", { name: "Flights concerned" }).click();
  await page.locator("svg.map polyline.moved").first().waitFor();
  await accessible("map");
  await shot("map");
  quiet();
});

test("agents, cost and time are told", async () => {
  await open("/run-real/agents", ".card");
  await accessible("agents");
  await shot("agents");
  await page.getByRole("tab", { name: "Time and cost" }).click();
  await page.locator("table.waterfall rect.critical").first().waitFor();
  await accessible("waterfall");
  await shot("waterfall");
  quiet();
});

test("a person approves, says what came of it, overrides and refuses", async () => {
  const acts = page.locator("section.acts");
  await open("/run-approve", "section.acts");
  await everywhere("acts");
  await shot("acts");
  assert.equal(await page.getByRole("button", { name: "Approve O5" }).isEnabled(), false);
  await acts.getByLabel("Reason").fill("seen, and agreed");
  await acts.getByLabel("Name").fill("Mia?");
  await page.getByRole("button", { name: "Approve O5" }).click();
  assert.equal(await acts.getByLabel("Name").evaluate((input) => input.validity.patternMismatch), true);
  await acts.getByLabel("Name").fill("mia");
  await page.getByRole("button", { name: "Approve O5" }).click();
  await page.locator("h1 .badge.good", { hasText: "decided" }).waitFor();
  await page.getByText("What came of it").click();
  await page.getByLabel("Actual delay").fill("12");
  await page.getByLabel("How good was it").selectOption("4");
  await page.getByLabel("Lesson").fill("ask the gate earlier");
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByText("did O5, 4 of 5. ask the gate earlier").waitFor();
  await open("/run-override", "section.acts");
  await acts.getByLabel("Option").selectOption("O10");
  await acts.getByLabel("Reason").fill("closer to the gate");
  await acts.getByLabel("Name").fill("noor");
  await page.getByRole("button", { name: "Override: O10" }).click();
  await page.locator(".head .decision strong", { hasText: "O10" }).waitFor();
  await open("/run-refuse", "section.acts");
  await acts.getByLabel("Reason").fill("not today");
  await page.getByRole("button", { name: "Refuse" }).click();
  assert.equal(await acts.getByLabel("Name").evaluate((input) => input.validity.valueMissing), true, "somebody has to be named");
  assert.equal(await page.getByText("Sent: refuse").count(), 0);
  await acts.getByLabel("Name").fill("mia");
  await page.getByRole("button", { name: "Refuse" }).click();
  await page.locator("h1 .badge.bad", { hasText: "refused" }).waitFor();
  assert.equal(await acts.count(), 0);
  quiet();
});

test("a question is answered with evidence, and the second time for nothing", async () => {
  await open("/run-real/ask", ".ask form");
  await accessible("ask");
  for (const paid of ["tokens", "answered before"]) {
    await page.getByLabel("Question").fill("Why not O2?");
    await page.getByRole("button", { name: "Ask" }).click();
    if (paid === "tokens") {
      await page.locator(".ask .under-way li", { hasText: "question 1 asked" }).waitFor();
      await accessible("ask, under way");
      await letGo("question");
    }
    await page.locator(".ask li", { hasText: paid }).last().waitFor();
  }
  assert.equal(await page.locator(".ask .under-way li").count(), 0);
  await page.getByText("What was done for it").first().click();
  await page.locator(".ask ol details li", { hasText: "was looked at" }).first().waitFor();
  await page.locator(".ask li code", { hasText: "violations/O2" }).first().waitFor();
  await accessible("ask, answered");
  await shot("ask");
  quiet();
});

test("erased texts vanish from an open page", async () => {
  await open("/run-erase/agents", ".card");
  const said = await page.locator(".card .said").first().textContent();
  await page.getByRole("tab", { name: "Audit" }).click();
  await page.getByText("Erase the texts of this run").click();
  await page.getByLabel(/^Reason/).fill("a person asked for it");
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByText("The texts of this run were erased").waitFor();
  await page.getByRole("tab", { name: "Agents" }).click();
  await page.locator(".card").first().waitFor();
  assert.ok(!(await page.locator("body").textContent()).includes(said));
  await shot("erased");
  quiet();
});

test("dark, and as wide as a phone", async () => {
  await page.emulateMedia({ colorScheme: "dark" });
  await open("/run-real/options", "table.options tbody tr");
  await accessible("options, dark");
  await shot("dark-options");
  await open("/run-real/timeline?option=O2", "svg.chart rect.bar.moved");
  await shot("dark-timeline");
  await open("/run-many/matrix", "table.matrix button.sign");
  await accessible("matrix, dark");
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [name, path, ready] of [["list", "", "main h1"], ["options", "/run-real/options", "table.options tbody tr"], ["timeline", "/run-real/timeline?option=O2", "svg.chart"], ["map", "/run-real/map?option=O5", "svg.map"], ["matrix", "/run-many/matrix", "table.matrix"], ["agents", "/run-real/agents", ".card"], ["time", "/run-real/time", "table.waterfall"]]) {
    await page.emulateMedia({ colorScheme: name === "agents" ? "dark" : "light" });
    await open(path, ready);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than a phone`);
    if (path) await page.waitForFunction(() => {
      const tab = document.querySelector("[role=tab][aria-selected=true]").getBoundingClientRect();
      return tab.left >= 0 && tab.right <= innerWidth;
    });
    await accessible(`${name}, phone`);
    await shot(`phone-${name}`, false);
  }
  quiet();
});
