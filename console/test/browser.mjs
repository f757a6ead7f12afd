// A headless Chromium with one page, what a script asks of it again and again, and axe.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const axe = await readFile(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const { CONSOLE_URL: address, CHROMIUM: executablePath, PROFILE: profile, PICTURES: shots } = process.env;
/** Where the page is served; the address that is given may lead to a place within it. */
const { origin: url } = new URL(address);
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const DESK = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Starts the browser; what the page complains of, or asks of other hosts, stands in `complaints`. */
export async function browse({ own = true } = {}) {
  const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, viewport: DESK, colorScheme: "light", args: ARGUMENTS });
  const page = await context.newPage();
  const complaints = [];
  page.setDefaultTimeout(30000);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  if (own) page.on("request", (request) => request.url().startsWith(`${url}/`) || complaints.push(`a request to ${request.url()}`));

  /** Opens a place of the page anew: a path behind the list of runs of the airline. */
  async function open(path, ready) {
    complaints.length = 0;
    await page.goto("about:blank");
    await page.goto(`${url}/#/airline/runs${path}`);
    await page.locator(ready).first().waitFor();
  }
  const shot = async (name, fullPage = true) => process.env.PICTURES && page.screenshot({ path: `${shots}/${name}.png`, fullPage });

  /** Nothing serious for axe, which runs in a world of its own: the page's policy lets no such script in. */
  async function accessible(what) {
    const session = await context.newCDPSession(page);
    const { frameTree } = await session.send("Page.getFrameTree");
    const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
    await session.send("Runtime.evaluate", { expression: axe, contextId });
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression: "axe.run(document).then((found) => JSON.stringify(found.violations))", contextId, awaitPromise: true, returnByValue: true,
    });
    assert.equal(exceptionDetails, undefined);
    const serious = JSON.parse(result.value).filter((each) => ["serious", "critical"].includes(each.impact));
    assert.deepEqual(serious.map((each) => `${what}: ${each.id}: ${each.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`), []);
    await session.detach();
  }

  /**
   * The same state light at a desk and dark on a phone (where pictures are kept, the other two as well): nothing serious for axe,
   * nothing wider than the screen.
   */
  async function everywhere(name) {
    const ways = [["light", "desk", DESK], ["dark", "phone", PHONE], ["light", "phone", PHONE], ["dark", "desk", DESK]];
    for (const [colorScheme, size, viewport] of ways.slice(0, process.env.PICTURES ? 4 : 2)) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await accessible(`${name}, ${colorScheme}, ${size}`);
      const [whole, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(whole <= screen, `${name} is ${whole} px wide on a ${size} of ${screen} px`);
      await shot(`${name}-${colorScheme}-${size}`);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(DESK);
  }
  const quiet = () => assert.deepEqual(complaints, []);
  /** Lets the models of these phases go on, which wait until a script has seen them at work: see `tests/console/site.py`. */
  async function letGo(...phases) {
    for (const phase of phases) {
      const answer = await fetch(`${url}/packs/airline/v1/let-go/${phase}`, { method: "POST", headers: { "X-Conclave-Console": "1" } });
      assert.equal(answer.status, 200);
    }
  }
  return { context, page, complaints, address, url, open, shot, accessible, everywhere, quiet, letGo, close: () => context.close() };
}
