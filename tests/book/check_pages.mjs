// Visit pages of a site in Chromium; print, as JSON, what each one asks for, complains about and looks like.
// Standard input: {"origin", "pages", "schemes", "chromium", "shots": folder or null}; the site is served at origin.
import { readFileSync } from "node:fs";
import { launch, readAxe } from "./browser.mjs";

const AXE = readAxe();
const RULES = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: { "label-content-name-mismatch": { enabled: true } },
  resultTypes: ["violations"],
};
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 800 };
const TIMEOUT = 30000;

/** Open whatever is folded, so that what a reader can unfold is checked as well. */
function unfold() {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const button of document.querySelectorAll("button.toggle-button-hidden")) button.click();
}

/** Wait until the layout for a new width stands still. */
async function settle() {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
  await Promise.allSettled(transitions.map((transition) => transition.finished));
}

/** What sticks out of the window on the right and is in no box that scrolls. */
function overflow() {
  const width = document.documentElement.clientWidth;
  const boxed = (element) => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflowX !== "visible") return true;
    }
    return false;
  };
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const wide = [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > width + 1 && box.left < width && seen(element) && !boxed(element);
  });
  const culprits = wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120));
  return { width, scrollWidth: document.documentElement.scrollWidth, culprits };
}

/** Keep in `found` each request (also one that only was tried), each failure and each complaint of the page. */
function listen(page, origin, found) {
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.protocol !== "blob:" && url.origin !== origin) found.foreign.push(url.href);
  });
  page.on("websocket", (socket) => found.foreign.push(socket.url()));
  page.on("requestfailed", (request) => found.failed.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    const { href, pathname } = new URL(response.url());
    if (response.status() >= 400) found.failed.push(`${href}: ${response.status()}`);
    found.loaded[pathname] = Number(response.headers()["content-length"] ?? 0);
  });
  page.on("console", (message) => message.type() === "error" && found.console.push(message.text()));
  page.on("pageerror", (error) => found.console.push(String(error)));
}

async function visit(context, path, scheme) {
  const found = { page: path, scheme, foreign: [], failed: [], console: [], loaded: {} };
  const page = await context.newPage();
  const shoot = async (name) => {
    if (shots) await page.screenshot({ path: `${shots}/${path.replaceAll("/", "-")}-${name}.png`, fullPage: true });
  };
  listen(page, origin, found);
  try {
    await page.goto(`${origin}/${path}`, { waitUntil: "load", timeout: TIMEOUT });
    await page.evaluate(() => Promise.all([window.MathJax?.startup?.promise, document.fonts.ready]).then(() => null));
    await shoot(scheme);
    await page.evaluate(unfold);
    await page.waitForLoadState("networkidle", { timeout: TIMEOUT });
    found.theme = await page.evaluate(() => document.documentElement.dataset.theme ?? null);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate((rules) => window.axe.run(document, rules), RULES);
    found.violations = violations.map(({ id, impact, nodes }) => ({
      id, impact, nodes: nodes.slice(0, 5).map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
    }));
    if (scheme === "light") {
      await page.setViewportSize(PHONE);
      await page.evaluate(settle);
      found.overflow = await page.evaluate(overflow);
      await shoot("phone");
    }
    await page.evaluate(() => localStorage.clear()); // the next page is a first visit, too
  } catch (error) {
    found.console.push(`the visit failed: ${error}`);
  }
  await page.close();
  return found;
}

const { origin, pages, schemes, chromium: executablePath, shots } = JSON.parse(readFileSync(0, "utf8"));
const browser = await launch(executablePath, { timeout: TIMEOUT });
const visits = await Promise.all(schemes.map(async (scheme) => {
  const still = { reducedMotion: "reduce", serviceWorkers: "block" }; // a page is judged at rest
  const context = await browser.newContext({ colorScheme: scheme, viewport: WIDE, ...still });
  const results = [];
  for (const path of pages) results.push(await visit(context, path, scheme));
  return results;
}));
await browser.close();
process.stdout.write(JSON.stringify(visits.flat()));
