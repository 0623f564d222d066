// Start Chromium as all the browser checks do: alone, without a screen, and with no host to reach but this machine.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/** A browser; `executablePath` is Chromium's. */
export const launch = (executablePath, options = {}) => chromium.launch({ executablePath, args: FLAGS, ...options });

/** The text of axe's script, to be evaluated in a page. */
export const readAxe = () => readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
