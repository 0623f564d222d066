// <nn2-race>: five optimizers walk down one surface, side by side, at the reader's settings.
//
// The page holds surfaces, noise and looks (a table in JSON, from nn2.race); the mathematics is in optimizers.js.

import { EXTENT, SIZE, STYLE, curve, frame, short } from "./drawing.js";
import { bestRate, contour, distance, ranking, tell, walk } from "./optimizers.js";

const RATES = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const MEMORIES = [
  { key: "beta", label: "β of momentum and Adam", values: [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99], plain: 0.9 },
  { key: "rho", label: "ρ of RMSprop", values: [0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999], plain: 0.9 },
  { key: "beta2", label: "β₂ of Adam", values: [0.5, 0.8, 0.9, 0.95, 0.99, 0.999], plain: 0.999 },
];
const LEVELS = [0.1, 0.4, 1.2, 3.2, 8, 18, 36];
const MILLISECONDS = 120; // from one step to the next
// One mark for each runner, so that none is known by its color alone: circle, square, triangle, diamond, plus.
const MARKS = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
  "M-4 -4H4V4H-4Z",
  "M0 -5L5 4H-5Z",
  "M0 -5.5L5.5 0L0 5.5L-5.5 0Z",
  "M-1.5 -5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5V-1.5H-1.5Z",
];
const OWN_STYLE = `
  select { font: inherit; }
  select { background: Canvas; color: CanvasText; min-height: 2rem; border: 1px solid; border-radius: 4px; }
  .runner { display: grid; grid-template-columns: 9.5rem minmax(5rem, 14rem) 3rem minmax(4rem, 1fr); gap: 0.6rem; align-items: center; }
  .runner svg { width: 34px; height: 14px; flex: none; }
  .runner label { margin: 0; white-space: nowrap; }
  .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
  .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin: 0.75rem 0; }
  summary { cursor: pointer; margin: 0.5rem 0; }
  @media (max-width: 30rem) { .runner { grid-template-columns: 9.6rem minmax(3rem, 1fr) 2.5rem 4.1rem; gap: 0.3rem; }
    .status { min-height: 6.4em; } }
`;

const slider = (attributes, label, { length }, at) => `<label class="range"><span>${label}: <span class="number"></span></span>
  <input type="range" ${attributes} min="0" max="${length - 1}" step="1" value="${at}"></label>`;

function markup(table) {
  const names = Object.keys(table.optimizers);
  const line = (name, width) => {
    const { color, dashes } = table.optimizers[name];
    return `fill="none" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dashes.map((dash) => dash * width).join(" ")}"`;
  };
  const mark = (name) => `d="${MARKS[names.indexOf(name)]}" fill="${table.optimizers[name].color}"`;
  const runner = (name) => `<div class="runner" data-name="${name}">
    <label><input type="checkbox" checked><svg viewBox="0 0 34 14" aria-hidden="true"><path d="M0 7H34" ${line(name, 2)}/>
      <path transform="translate(17 7)" ${mark(name)}/></svg>${name}</label>
    <input type="range" aria-label="learning rate of ${name}" min="0" max="${RATES.length - 1}" step="1" value="${RATES.indexOf(0.1)}">
    <span class="number" data-show="rate"></span><span class="number" data-show="distance"></span></div>`;
  const lines = (part) => names.map((name) => `<polyline data-${part}="${name}" ${line(name, 2)}/>
    <path data-${part}-head="${name}" ${mark(name)}/>`).join("");
  const angles = { length: 19 };
  return `<style>${STYLE}${OWN_STYLE}</style>
  <div class="live">
    <div class="controls">
      <label>Surface <select>${Object.keys(table.surfaces).map((name) => `<option>${name}</option>`).join("")}</select></label>
      ${slider('data-set="angle"', "turned by", angles, 0)}
    </div>
    <fieldset><legend>Who runs, at which learning rate, and the distance to the nearest minimum</legend>
      ${names.map(runner).join("")}</fieldset>
    <details><summary>How long each remembers</summary><div class="controls">
      ${MEMORIES.map(({ key, label, values, plain }) => slider(`data-set="${key}"`, label, values, values.indexOf(plain))).join("")}
    </div></details>
    <div class="buttons"><button type="button" data-do="run"></button><button type="button" data-do="one">Step</button>
      <button type="button" data-do="reset">Reset</button>
      <button type="button" data-do="best">Give each its best rate</button><span class="number" data-show="step"></span></div>
    <div class="pictures">
      <svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="Map of the surface with the paths; the text below says who is nearest.">
        <g data-part="contours" fill="none" stroke="currentColor" stroke-opacity="0.35"></g>
        <g data-part="minima" stroke="currentColor" stroke-width="2"></g>${lines("path")}
      </svg>
      <svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="Distance to the nearest minimum over steps; the text below says who is nearest.">
        ${frame(table.steps, "distance to a minimum, over steps")}${lines("curve")}
      </svg>
    </div>
    <p class="status" aria-live="polite"></p>
  </div>
  <div class="instead"><slot></slot></div>`;
}

const unit = SIZE / (2 * EXTENT);
const place = ([x, y]) => [SIZE / 2 + unit * x, SIZE / 2 - unit * y].map((number) => number.toFixed(1)).join(",");

class Race extends (globalThis.HTMLElement ?? Object) {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.table = JSON.parse(this.querySelector('script[type="application/json"]').textContent);
    this.step = 0;
    this.timer = null;
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = markup(this.table);
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.still.addEventListener("change", () => this.draw());
    root.addEventListener("input", () => this.lay());
    root.addEventListener("click", ({ target }) => this[target.dataset?.do]?.());
    this.lay();
  }

  disconnectedCallback() {
    this.pause();
  }

  /** Start, pause, or, where nothing should move, go to the end at once. */
  run() {
    if (this.timer) this.pause();
    else {
      if (this.step === this.table.steps) this.step = 0;
      if (this.still.matches) this.step = this.table.steps;
      else this.timer = setInterval(() => this.advance(), MILLISECONDS);
    }
    this.draw();
  }

  advance() {
    this.step = Math.min(this.step + 1, this.table.steps);
    if (this.step === this.table.steps) this.pause();
    this.draw();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
  }

  /** The button Step: one step further, and stand. */
  one() {
    this.pause();
    this.advance();
  }

  reset() {
    this.pause();
    this.step = 0;
    this.draw();
  }

  best() {
    const { surface, angle, settings, noise } = this.choice();
    for (const row of this.rows) {
      const at = bestRate(surface, angle, row.dataset.name, settings, RATES, this.table.steps, noise);
      row.querySelector("[type=range]").value = at;
    }
    this.lay();
  }

  get rows() {
    return [...this.shadowRoot.querySelectorAll(".runner")];
  }

  choice() {
    const root = this.shadowRoot;
    const at = (key) => Number(root.querySelector(`[data-set=${key}]`).value);
    const surface = this.table.surfaces[root.querySelector("select").value];
    const settings = Object.fromEntries(MEMORIES.map(({ key, values }) => [key, values[at(key)]]));
    return { surface, angle: 5 * at("angle"), settings, noise: surface.noisy ? this.table.noise : [] };
  }

  /** Read the settings, compute the whole race and draw what does not change with the step. */
  lay() {
    const root = this.shadowRoot;
    const { surface, angle, settings, noise } = this.choice();
    const say = (input, shown, text) => {
      shown.textContent = text;
      input.setAttribute("aria-valuetext", text);
    };
    for (const [key, value] of Object.entries({ angle: `${angle}°`, ...settings })) {
      const input = root.querySelector(`[data-set=${key}]`);
      say(input, input.parentElement.querySelector(".number"), String(value));
    }
    this.walks = {};
    for (const row of this.rows) {
      const input = row.querySelector("[type=range]");
      const rate = RATES[input.value];
      const { name } = row.dataset;
      say(input, row.querySelector("[data-show=rate]"), String(rate));
      if (row.querySelector("[type=checkbox]").checked) {
        this.walks[name] = walk(surface, angle, name, { ...settings, rate }, this.table.steps, noise);
      }
    }
    const outlines = LEVELS.flatMap((level) => contour(surface, level, 1.5 * EXTENT));
    const turned = `rotate(${-angle} ${SIZE / 2} ${SIZE / 2})`;
    const part = (name) => root.querySelector(`[data-part=${name}]`);
    part("contours").innerHTML = outlines.map((outline) => `<polygon points="${outline.map(place).join(" ")}"/>`).join("");
    part("minima").innerHTML = [-surface.well, surface.well]
      .map((along) => `<path transform="translate(${place([along, 0])})" d="M-6 0H6M0 -6V6"/>`).join("");
    for (const name of ["contours", "minima"]) part(name).setAttribute("transform", turned);
    this.draw();
  }

  draw() {
    const root = this.shadowRoot;
    const { surface, angle } = this.choice();
    const ranked = ranking(this.walks, surface, angle, this.step);
    for (const row of this.rows) {
      const { name } = row.dataset;
      const points = (this.walks[name] ?? []).slice(0, this.step + 1);
      const away = points.map((point) => distance(surface, angle, point));
      const show = (part, text) => {
        root.querySelector(`[data-${part}=${name}]`).setAttribute("points", text);
        const head = root.querySelector(`[data-${part}-head=${name}]`);
        head.style.display = text ? "" : "none";
        if (text) head.setAttribute("transform", `translate(${text.slice(text.lastIndexOf(" ") + 1)})`);
      };
      show("path", points.map(place).join(" "));
      show("curve", curve(away, this.table.steps));
      const own = ranked.find((one) => one.name === name);
      row.querySelector("[data-show=distance]").textContent = !own ? "–" : Number.isFinite(own.distance) ? short(own.distance).replace("less than ", "<") : "gone";
    }
    root.querySelector("[data-do=run]").textContent = this.timer ? "Pause" : this.still.matches ? "Run to the end" : "Start";
    root.querySelector("[data-show=step]").textContent = `step ${this.step} of ${this.table.steps}`;
    // While it runs nobody is interrupted at every step; what is said comes when it stands.
    if (!this.timer) root.querySelector(".status").textContent = tell(ranked, this.step);
  }
}

if (globalThis.customElements && !customElements.get("nn2-race")) customElements.define("nn2-race", Race);
