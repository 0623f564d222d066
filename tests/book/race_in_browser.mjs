// Run the optimizer race as a reader with a keyboard does. Arguments: the page's address, Chromium's path.
import assert from "node:assert/strict";
import { launch, readAxe } from "./browser.mjs";

const AXE = readAxe();
const [address, executablePath] = process.argv.slice(2);
const browser = await launch(executablePath);
const errors = [];
let seen = 0;

const open = async (options) => {
  const page = await (await browser.newContext(options)).newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(address);
  await page.getByRole("button", { name: "Step" }).waitFor();
  return page;
};
const words = (page) => page.locator("nn2-race .status").textContent();
const count = async (page) => Number((await page.locator("[data-show=step]").textContent()).split(" ")[1]);
const press = (page, name) => page.getByRole("button", { name, exact: true }).press("Enter");

try {
  const page = await open({ viewport: { width: 1280, height: 900 } });
  assert.equal(await page.locator("nn2-race .status").getAttribute("aria-live"), "polite");
  assert.match(await words(page), /^5 at the start/);
  await press(page, "Step");
  assert.match(await words(page), /^After 1 step \w+ is nearest, /);
  seen += 1; // a step, and its words

  await press(page, "Start");
  await page.waitForFunction(() => /step ([5-9]|\d\d) /.test(document.querySelector("nn2-race").shadowRoot.querySelector("[data-show=step]").textContent));
  assert.match(await words(page), /^After 1 step /, "nobody is interrupted while it runs");
  await press(page, "Pause");
  const paused = await count(page);
  assert.ok(paused >= 5);
  assert.ok((await words(page)).startsWith(`After ${paused} steps `));
  await page.waitForTimeout(300);
  assert.equal(await count(page), paused);
  seen += 1; // start, pause, and it stands

  await press(page, "Reset");
  assert.equal(await count(page), 0);
  assert.match(await words(page), /^5 at the start/);
  seen += 1; // reset

  const rate = page.getByRole("slider", { name: "learning rate of SGD" });
  await rate.focus();
  await page.keyboard.press("End");
  assert.equal(await rate.getAttribute("aria-valuetext"), "10");
  await page.getByRole("checkbox", { name: "Adam", exact: true }).press("Space");
  for (let step = 0; step < 3; step += 1) await press(page, "Step");
  assert.match(await words(page), / SGD left the map\.$/);
  assert.doesNotMatch(await words(page), /Adam/);
  seen += 1; // a slider and a checkbox by keyboard

  await page.getByRole("combobox", { name: "Surface" }).selectOption("saddle");
  await page.getByRole("slider", { name: "turned by" }).press("ArrowRight");
  assert.equal(await page.getByRole("slider", { name: "turned by" }).getAttribute("aria-valuetext"), "5°");
  assert.equal(await page.locator("[data-part=minima] path").count(), 2);
  await press(page, "Give each its best rate");
  assert.notEqual(await rate.getAttribute("aria-valuetext"), "10");
  assert.doesNotMatch(await words(page), /left the map/);
  seen += 1; // another surface, turned, and the best rates

  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("img", { name: "Paths" }).isVisible(), true);
  assert.equal(await page.locator("nn2-race .live").isVisible(), false);
  seen += 1; // on paper, the figure stands in
  await page.close();

  const still = await open({ reducedMotion: "reduce", viewport: { width: 390, height: 800 }, colorScheme: "dark" });
  await press(still, "Run to the end");
  assert.equal(await count(still), 60);
  assert.match(await words(still), /^After 60 steps /);
  seen += 1; // nothing moves where the reader asked for that

  const wide = await still.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${wide} px wide at 390 px`);
  seen += 1; // a phone

  await still.locator("nn2-race summary").press("Enter");
  await still.evaluate(AXE);
  const { violations } = await still.evaluate(() => window.axe.run(document.querySelector("nn2-race")));
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.failureSummary)]), []);
  assert.deepEqual(errors, []);
  seen += 1; // axe and the console have nothing to say
  console.log(`${seen} things seen`);
} finally {
  await browser.close();
}
