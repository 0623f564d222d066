// Print pages of the site; tell, as JSON, what is then on paper. Arguments: origin, Chromium's path, color scheme, width, pages.
import { launch } from "./browser.mjs";

const [origin, executablePath, colorScheme, width, ...pages] = process.argv.slice(2);
const browser = await launch(executablePath);
const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } });

/** Which of the things that match each selector would be seen: [how many there are, how many are seen]. */
function look(selectors) {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const counts = Object.entries(selectors).map(([name, selector]) => {
    const all = [...document.querySelectorAll(selector)];
    return [name, [all.length, all.filter(seen).length]];
  });
  const text = document.querySelector(".bd-article p");
  const ground = [...document.querySelectorAll("body, .bd-article, .bd-main, .highlight, pre")];
  return {
    counts: Object.fromEntries(counts),
    ink: getComputedStyle(text).color,
    code: [...document.querySelectorAll(".highlight pre span")].slice(0, 200).map((span) => getComputedStyle(span).color),
    grounds: [...new Set(ground.map((element) => getComputedStyle(element).backgroundColor))],
    width: document.documentElement.scrollWidth,
    cut: [...document.querySelectorAll(".bd-article pre")].filter((pre) => pre.scrollWidth > pre.clientWidth + 1).length,
  };
}

const SELECTORS = {
  article: ".bd-article h1, .bd-article section > p:not(.dropdown *)",
  figures: ".bd-article figure img",
  sidebars: ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article",
  buttons: ".bd-article-container button:not(.toggle-hidden .toggle-button), .copybtn, .headerlink, .prev-next-footer, .bd-footer-content",
  answers: ".admonition.dropdown > :not(.admonition-title)",
  titles: ".admonition.dropdown > .admonition-title",
  hiddenCode: "details.hide",
};
const told = [];
for (const path of pages) {
  const page = await context.newPage();
  await page.goto(`${origin}/${path}`);
  await page.waitForFunction(() => window.togglebuttonSelector && document.querySelectorAll(".admonition.dropdown:not(.toggle)").length === 0);
  const screen = await page.evaluate(look, SELECTORS);
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: Number(width), height: 1000 });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  const paper = await page.evaluate(look, SELECTORS);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  const opened = await page.evaluate(() => {
    document.querySelector(".admonition.dropdown .toggle-button")?.click();
    const visible = (selector) => [...document.querySelectorAll(`.admonition.dropdown:not(.toggle-hidden) > ${selector}`)]
      .filter((element) => element.checkVisibility({ visibilityProperty: true })).length;
    return { answers: visible(":not(.admonition-title)"), buttons: visible(".admonition-title .toggle-button") };
  });
  told.push({ page: path, screen, paper, opened });
  await page.close();
}
await browser.close();
process.stdout.write(JSON.stringify(told));
