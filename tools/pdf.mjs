// Print the built website into one PDF: every chapter in the order of the contents, with links, an outline and page numbers.
// Usage: node tools/pdf.mjs SITE PDF [PAGE …]     SITE: a folder such as _build/html; PAGE: only these, from the site's root
import { existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const ORIGIN = "http://book.invalid"; // what the browser asks for is read from the folder; nothing reaches a network
const WHOLE = `${ORIGIN}/the-whole-book.html`;
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
const MARGIN = { top: "18mm", bottom: "20mm", left: "16mm", right: "16mm" };
const FOOTER = '<div style="font-size: 8px; width: 100%; text-align: center"><span class="pageNumber"></span></div>';
const TEN_MINUTES = 600_000;

const fail = (sentence) => {
  console.error(`tools/pdf.mjs: ${sentence}`);
  process.exit(2);
};

/**
 * In the browser, on the site's first page: the articles of all pages as one, as HTML text.
 * What a page folds comes at its end, so that nothing is missing and no answer stands under its question.
 */
async function gather(chosen) {
  const root = location.origin;
  const nav = [...document.querySelectorAll(".bd-links :is(p.caption, a.reference.internal)")];
  const listed = [{ path: "index.html", title: document.querySelector("h1").firstChild.textContent }];
  let part = "";
  for (const entry of nav) {
    if (entry.matches("p.caption")) part = entry.textContent.trim();
    else listed.push({ path: new URL(entry.href).pathname.slice(1), title: entry.textContent.trim(), part });
  }
  const isNotebook = ({ path }) => path.split("/").length > 2; // a notebook is made to be worked in
  const missing = chosen.filter((path) => !listed.some((one) => one.path === path));
  if (missing.length) throw new Error(`the contents have no page ${missing.join(", ")}`);
  const pages = listed.filter((one) => (chosen.length ? chosen.includes(one.path) : !isNotebook(one)));
  const nameOf = (path) => path.replace(/\.html$/, "").replaceAll("/", "-");
  const printed = new Set(pages.map(({ path }) => path));

  const articles = await Promise.all(pages.map(async ({ path }) => {
    const text = await (await fetch(`${root}/${path}`)).text();
    const article = new DOMParser().parseFromString(text, "text/html").querySelector("article.bd-article");
    const name = nameOf(path);
    article.querySelectorAll("script, .headerlink, .links, details.hide").forEach((one) => one.remove());
    // From here on an address is one in the whole book, or a full one, or none.
    for (const one of article.querySelectorAll("[src]")) one.src = new URL(one.getAttribute("src"), `${root}/${path}`).href;
    for (const one of article.querySelectorAll("[id]")) one.id = `${name}--${one.id}`;
    for (const link of article.querySelectorAll("a[href]")) {
      const to = new URL(link.getAttribute("href"), `${root}/${path}`);
      const page = to.pathname.slice(1) || "index.html";
      if (to.origin !== root) continue;
      if (!printed.has(page)) link.removeAttribute("href");
      else link.setAttribute("href", `#${nameOf(page)}${to.hash ? `--${decodeURIComponent(to.hash.slice(1))}` : ""}`);
    }
    const folded = [...article.querySelectorAll(".admonition.dropdown, details.question-answer")];
    const end = document.createElement("section");
    folded.forEach((one, index) => {
      const title = one.querySelector(":scope > .admonition-title, :scope > summary");
      const label = `${index + 1}. ${title.textContent.trim()}`;
      const where = document.createElement("p");
      where.id = `${name}--folded-${index + 1}`;
      one.replaceWith(where);
      if (one.querySelectorAll("tr").length > 50) return where.append(`${label}: on the website.`); // the grader's tables
      where.innerHTML = `<a href="#${name}--unfolded-${index + 1}"></a>`;
      where.firstChild.textContent = `${label}: at the end of the chapter`;
      const box = document.createElement("div");
      box.className = "admonition";
      box.id = `${name}--unfolded-${index + 1}`;
      box.innerHTML = `<p class="admonition-title"><a href="#${where.id}"></a></p>`;
      box.querySelector("a").textContent = label;
      title.remove();
      box.append(...one.childNodes);
      end.append(box);
    });
    if (end.childNodes.length) {
      end.insertAdjacentHTML("afterbegin", "<h2>Folded on the website</h2>");
      article.append(end);
    }
    article.id = name;
    return article;
  }));
  const contents = pages.slice(1).map(({ path, title, part }, index) => {
    const head = part === pages[index].part ? "" : `${index ? "</ul>" : ""}<p><strong>${part}</strong></p><ul>`;
    return `${head}<li><a href="#${nameOf(path)}">${title}</a></li>`;
  });
  if (pages[0].path === "index.html") {
    articles[0].querySelector("section").insertAdjacentHTML("beforeend", `<h2>Contents</h2>${contents.join("")}</ul>`);
  }
  const book = document.querySelector("article.bd-article");
  document.querySelectorAll("main script").forEach((one) => one.remove());
  book.replaceWith(...articles);
  document.documentElement.dataset.theme = "light";
  const style = document.createElement("style");
  style.textContent = ".bd-article + .bd-article { break-before: page }";
  document.head.append(style);
  return `<!doctype html>${document.documentElement.outerHTML}`;
}

const [site, pdf, ...chosen] = process.argv.slice(2);
if (!pdf) fail("expected SITE and PDF, and pages where not all are wanted");
if (!existsSync(join(site, "index.html"))) fail(`expected a built website, got ${site}, which has no index.html: run \`make book\``);
const executablePath = process.env.PATH.split(delimiter).map((folder) => join(folder, "chromium")).find(existsSync);
if (!executablePath) fail("chromium is not installed: run `make system`, or install it with the system's packages");

/** Give the browser a file of the site for each address, and the gathered book for its own. */
let whole = "";
function answer(route) {
  const { origin, pathname, href } = new URL(route.request().url());
  if (href === WHOLE) return route.fulfill({ body: whole, contentType: "text/html; charset=utf-8" });
  const path = join(site, decodeURIComponent(pathname));
  return origin === ORIGIN && existsSync(path) && statSync(path).isFile() ? route.fulfill({ path }) : route.abort();
}

const begun = Date.now();
const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  const page = await browser.newPage({ colorScheme: "light", viewport: { width: 900, height: 1200 } });
  page.setDefaultTimeout(TEN_MINUTES);
  await page.route("**/*", answer);
  await page.route("**/*.js*", (route) => route.abort()); // they would change what is gathered, and then run again
  await page.goto(`${ORIGIN}/index.html`);
  whole = await page.evaluate(gather, chosen);
  await page.unroute("**/*.js*");
  await page.goto(WHOLE);
  await page.evaluate(() => Promise.all([window.MathJax?.startup?.promise, document.fonts.ready]).then(() => null));
  const broken = await page.evaluate(() => [...document.images].filter((one) => !one.naturalWidth).map((one) => one.src));
  if (broken.length) throw new Error(`figures are missing: ${broken.join(", ")}`);
  await page.pdf({
    path: pdf, format: "A4", margin: MARGIN, outline: true, tagged: true, displayHeaderFooter: true,
    headerTemplate: "<span></span>", footerTemplate: FOOTER, timeout: TEN_MINUTES,
  });
} catch (error) {
  await browser.close();
  fail(error.message.replace(/^page\.evaluate: (Error: )?/, "").split("\n")[0]);
}
await browser.close();
console.log(`${pdf}: ${(statSync(pdf).size / 1e6).toFixed(1)} MB in ${Math.round((Date.now() - begun) / 1000)} s`);
