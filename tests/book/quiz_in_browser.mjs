// Answer the questions of a page as a reader with a keyboard does. Arguments: the page's address, Chromium's path.
import assert from "node:assert/strict";
import { launch } from "./browser.mjs";

const [address, executablePath] = process.argv.slice(2);
const browser = await launch(executablePath);
const context = await browser.newContext();
const page = await context.newPage();
let seen = 0;

const open = async (target) => {
  await target.goto(address);
  await target.waitForFunction(() => document.querySelectorAll("nn2-question input").length === 6);
};
const shown = (target) => target.$$eval(".question-reason:not([hidden])", (all) => all.map((one) => one.textContent.trim()));
const line = (target) => target.$eval(".question-progress", (one) => (one.hidden ? "" : one.firstChild.textContent));

try {
  await open(page);
  assert.equal(await page.locator("details").count(), 0);
  assert.deepEqual(await shown(page), []);
  assert.equal(await line(page), "");
  seen += 1; // nothing is told before a choice

  await page.locator("nn2-question input").first().focus();
  await page.keyboard.press("Space");
  assert.deepEqual(await shown(page), ["Not quite. The sum was left out."]);
  assert.equal(await line(page), "0 of 2 right, 1 still open.");
  seen += 1; // a wrong choice has its reason

  await page.keyboard.press("ArrowDown");
  assert.deepEqual(await shown(page), ["Right. Three over the root of nine times nine."]);
  assert.equal(await line(page), "1 of 2 right, 1 still open.");
  assert.equal(await page.locator(".is-right").count(), 1);
  assert.equal(await page.locator(".is-wrong").count(), 0);
  seen += 1; // the arrow keys move, and the reason follows

  const group = page.getByRole("radiogroup", { name: "How long is the ninth step?" }).first();
  assert.equal(await group.getByRole("radio", { name: "(a) 0.3", exact: true }).count(), 1);
  seen += 1; // a screen reader hears the question and each choice

  await open(page);
  assert.deepEqual(await shown(page), ["Right. Three over the root of nine times nine."]);
  seen += 1; // remembered

  await page.getByRole("button", { name: "Clear my answers" }).press("Enter");
  assert.deepEqual(await shown(page), []);
  assert.equal(await line(page), "");
  await open(page);
  assert.deepEqual(await shown(page), []);
  seen += 1; // and forgotten for good
  console.log(`${seen} things seen`);
} finally {
  await browser.close();
}
