// The page beside the running local cloud: `tests/e2e/console` starts that, and this.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { browse } from "./browser.mjs";

const { COMMAND: command, SENTENCE: sentence, LISTED_DAY: day, MANY: many, FAULTS: faults } = process.env;
/** A run whose models take their time, on a machine that does other work too. */
const RUN_MILLISECONDS = 120000;
/** Less than the time that an agent has. */
const HELD_SECONDS = 40;
const ABOUT = { "Content-Type": "application/json", "X-Conclave-Console": "1" };
let browser;
let page;
let runId;

before(async () => {
  browser = await browse();
  page = browser.page;
});
after(() => browser?.close());

const conclave = async (...given) => JSON.parse((await promisify(execFile)(command, [...given, "--json"])).stdout);
const tab = (name) => page.getByRole("tab", { name, exact: true }).click();

/** Has models wait until they are let go, so that the page can be seen to follow them however slow the machine is. */
const control = async (method, fault) => assert.ok((await fetch(faults, { method, headers: { "Content-Type": "application/json" }, body: fault && JSON.stringify(fault) })).ok);
const hold = (match) => control("POST", { kind: "hold", match, count: null, seconds: HELD_SECONDS });
const letGo = () => control("DELETE");

test("a run that begins while the list is looked at is followed through its phases and agents to its proposal", async () => {
  await page.goto(browser.address);
  await page.getByRole("heading", { name: "Runs" }).waitFor();
  await page.getByRole("searchbox").waitFor();
  await hold({ phase: "recommend" });
  runId = (await conclave("ask", sentence, "--new")).run_id;
  await page.locator("table.list tr", { hasText: runId }).locator(".badge", { hasText: "running" }).waitFor();
  await page.locator("table.list tr", { hasText: runId }).getByRole("link").click();
  await page.locator("ol.phases li.running", { hasText: "Recommend" }).waitFor();
  await page.locator(".card.live").nth(3).waitFor();
  await browser.everywhere("live-running");
  await letGo();
  await hold({ phase: "arbitrate" });
  await page.locator("ol.phases li.running", { hasText: "Arbitrate" }).waitFor({ timeout: RUN_MILLISECONDS });
  await page.locator(".card.live").first().waitFor();
  await letGo();
  await page.locator("h1 .badge.ask", { hasText: "awaiting approval" }).waitFor({ timeout: RUN_MILLISECONDS });
  assert.equal(await page.locator("[role=tab][aria-selected=true]").textContent(), "Agents");
  await browser.everywhere("live-agents");
  browser.quiet();
});

test("its options are compared, drawn, and held against rules whose cells open rule, source and evidence", async () => {
  await tab("Options");
  await page.locator("tr.chosen").waitFor();
  await browser.everywhere("live-options");
  await tab("Timeline");
  await page.locator("svg.chart rect.bar").first().waitFor();
  await browser.everywhere("live-timeline");
  await tab("Flights concerned");
  await page.locator("svg.map").waitFor();
  await browser.everywhere("live-map");
  await tab("Rules");
  await page.locator("table.matrix button.sign.broken").first().waitFor();
  await browser.everywhere("live-matrix");
  await page.locator("table.matrix button.sign.broken").first().click();
  const cell = page.locator("dialog[open]");
  await cell.locator("dt", { hasText: "Source" }).waitFor();
  const told = Object.fromEntries(await cell.locator("dl.pairs").first().locator("div").evaluateAll((rows) => rows.map((row) => [row.children[0].textContent, row.children[1].textContent])));
  for (const name of ["Says", "Demands", "The option has", "Source", "Brought by"]) assert.ok(told[name]?.length > 1, `${name}: ${told[name]}`);
  assert.match(await cell.locator("code").textContent(), /\w+\/\w+/);
  const evidence = await cell.locator("dl.pairs").nth(1).locator("dt").allTextContents();
  assert.ok(evidence.length > 0 && !evidence.includes("Asks"), `the values that the rule rests on: ${evidence}`);
  await browser.everywhere("live-cell");
  await page.keyboard.press("Escape");
  browser.quiet();
});

test("a second person approves it, and it is decided once the facts were read again", async () => {
  await page.locator("section.acts").waitFor();
  await browser.everywhere("live-approval");
  const acts = page.locator("section.acts");
  await acts.getByLabel("Reason").fill("agreed with the crew desk");
  await acts.getByLabel("Name").fill("mia");
  await acts.getByRole("button", { name: /^Approve/ }).click();
  await page.locator("h1 .badge.good", { hasText: "decided" }).waitFor();
  assert.equal(await page.locator("section.acts").count(), 0);
  await page.locator(".reasons b", { hasText: "Approved" }).waitFor();
  await browser.everywhere("live-decided");
  await tab("Time and cost");
  await page.locator("table.waterfall rect.critical").first().waitFor();
  await page.getByText("Then it waited for people").waitFor();
  const [x, width] = await page.locator("table.waterfall tr.phase rect").last().evaluate((rect) => [rect.x.baseVal.value, rect.width.baseVal.value]);
  assert.ok(x + width > 400, `the last phase ends at ${x + width} of 420: the scale is that of the run's own work`);
  await browser.everywhere("live-time");
  await tab("Audit");
  await page.getByText("unbroken").waitFor();
  await page.locator("td abbr[title$='duty_managers/mia']", { hasText: /^mia$/ }).waitFor();
  await browser.everywhere("live-audit");
  browser.quiet();
});

test("a question about it is answered with evidence, and what is done for it is seen meanwhile", async () => {
  await tab("Ask");
  await hold({ agent: "converse" });
  await page.getByLabel("Question").fill("What did cargo worry about?");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.locator(".ask .under-way li", { hasText: "question 1 asked" }).waitFor();
  await letGo();
  await page.locator(".ask ol p.said").waitFor();
  assert.ok(await page.locator(".ask ol code").count() > 0, "the evidence of the answer");
  await page.getByText("What was done for it").click();
  await browser.everywhere("live-ask");
  browser.quiet();
});

test("its texts are erased, and vanish here and from the page of somebody who is looking at them", async () => {
  await tab("Agents");
  await page.locator(".card .said").first().waitFor();
  const words = (await page.locator(".card .said").allTextContents()).filter((each) => each.length > 20);
  assert.ok(words.length > 3);
  const other = await browser.context.newPage();
  await other.clock.install();
  await other.goto(`${browser.url}/#/airline/runs/${runId}/agents`);
  await other.locator(".card .said").first().waitFor();
  await tab("Audit");
  await page.getByText("Erase the texts of this run").click();
  await page.getByLabel(/^Reason/).fill("a person asked for it");
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByText("The texts of this run were erased").waitFor();
  await tab("Agents");
  await other.clock.runFor(16000);
  await other.getByText("The texts of this run were erased").waitFor();
  for (const each of [page, other]) {
    await each.locator(".card").first().waitFor();
    const shown = await each.locator("body").textContent();
    assert.deepEqual(words.filter((said) => shown.includes(said)), []);
    assert.ok(!shown.includes(sentence));
  }
  await other.close();
  await browser.everywhere("live-erased");
  const kept = await page.evaluate(([path, headers]) => fetch(path, { headers }).then((answer) => answer.text()), [`/packs/airline/v1/runs/${runId}`, ABOUT]);
  assert.deepEqual(words.filter((said) => kept.includes(JSON.stringify(said).slice(1, -1))), []);
  browser.quiet();
});

test("five hundred runs are listed, filtered by status and searched, and the last one is scrolled to", async () => {
  await browser.open("", "main h1");
  await page.getByLabel("Day (UTC)").fill(day);
  await page.getByText("500 runs", { exact: true }).waitFor();
  const rows = page.locator("table.list tbody tr");
  assert.equal(await rows.count(), 500);
  await rows.last().scrollIntoViewIfNeeded();
  assert.ok(await rows.last().isVisible());
  await browser.shot("live-list-end", false);
  await page.evaluate(() => scrollTo(0, 0));
  await page.getByRole("searchbox").fill("EY150 halted");
  await page.getByText("1 of 500 runs", { exact: true }).waitFor();
  await browser.everywhere("live-list");
  await page.getByRole("searchbox").fill("");
  await page.getByLabel("Status").selectOption("halted");
  await page.getByText(/^1[2-9]\d runs$/).waitFor();
  assert.deepEqual([...new Set(await page.locator("table.list tbody .badge").allTextContents())], ["halted"]);
  browser.quiet();
});

test("a run of sixty options is shown in each of its views", async () => {
  await browser.open(`/${many}/options`, "table.options tbody tr");
  assert.equal(await page.locator("table.options tbody tr").count(), 60);
  await browser.shot("live-many-options");
  await tab("Rules");
  await page.locator("table.matrix button.sign").first().waitFor();
  assert.equal(await page.locator("table.matrix thead th").count(), 61);
  await browser.shot("live-many-matrix");
  await tab("Timeline");
  await page.getByRole("button", { name: "Next option" }).click();
  await page.locator("svg.chart rect.bar").first().waitFor();
  browser.quiet();
});
