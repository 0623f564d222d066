// <nn2-descent>: look at descents that Keras took down a ravine, by optimizer, learning rate and angle.
//
// The page holds the paths (a table in JSON, computed by Keras when the book is built); this module only looks them up,
// measures and draws them. Its functions are tested against numbers from NumPy in tests/book/explorables/.

import { EXTENT, SIZE, STYLE, curve, frame, short } from "./drawing.js";

/** The points of one descent: [[x1, x2], ...], from base64 text of little-endian 16-bit integers x1, x2, x1, x2, ... */
export function readPath(table, optimizer, rateIndex, angleIndex) {
  const text = table.paths[optimizer]?.[rateIndex]?.[angleIndex];
  if (text === undefined) {
    throw new RangeError(`no path for optimizer ${optimizer}, rate number ${rateIndex}, angle number ${angleIndex}`);
  }
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const number = (index) => view.getInt16(2 * index, true) / table.scale;
  return Array.from({ length: bytes.length / 4 }, (_, point) => [number(2 * point), number(2 * point + 1)]);
}

/** Euclidean distance of each point to the minimum, which is the origin. */
export function distances(points) {
  return points.map(([x1, x2]) => Math.hypot(x1, x2));
}

/** Steps after which the distance is, and stays, within a fraction of the first one; Infinity where it never is. */
export function arrival(distance, fraction) {
  let step = distance.length;
  while (step > 0 && distance[step - 1] <= fraction * distance[0]) step -= 1;
  return step < distance.length ? step : Infinity;
}

/** Half axes of the contour f = level of f = (curvatures[0] x1^2 + curvatures[1] x2^2) / 2, before it is turned. */
export function contour(curvatures, level) {
  return curvatures.map((curvature) => Math.sqrt((2 * level) / curvature));
}

/** One descent in a sentence or two: what the picture shows, in words. */
export function describe(table, optimizer, rateIndex, angleIndex) {
  const distance = distances(readPath(table, optimizer, rateIndex, angleIndex));
  const last = distance.length - 1;
  const which = `${optimizer}, learning rate ${table.rates[rateIndex]}, ravine turned by ${table.angles[angleIndex]}°: `;
  if (last < table.steps) return `${which}runs away: more than ${table.limit} from the minimum by step ${last}.`;
  const share = Math.round((100 * distance[last]) / distance[0]);
  const after = arrival(distance, table.fraction);
  const percent = Math.round(100 * table.fraction);
  const arrived = Number.isFinite(after)
    ? `Within ${percent} % of the start for good after ${after} steps.`
    : `Not within ${percent} % of the start for good in ${table.steps} steps.`;
  return `${which}${short(distance[last])} from the minimum after ${last} steps, ${share} % of the start. ${arrived}`;
}

const LEVELS = [0.1, 0.4, 1.2, 3.2, 8, 18, 36];
const SWATCH = ".swatch { width: 1.1rem; height: 0.25rem; border-radius: 2px; }";

function markup(table) {
  const radio = (name, index) => `<label><input type="radio" name="optimizer" value="${name}" ${index ? "" : "checked"}>
    <span class="swatch" style="background:${table.colors[name]}"></span>${name}</label>`;
  const contours = LEVELS.map((level) => {
    const [rx, ry] = contour(table.curvatures, level);
    return `<ellipse rx="${rx}" ry="${ry}"/>`;
  }).join("");
  const last = (list) => list.length - 1;
  const plain = table.rates.indexOf(0.4) < 0 ? 0 : table.rates.indexOf(0.4);
  return `<style>${STYLE}${SWATCH}</style>
  <div class="live">
    <div class="controls">
      <fieldset><legend>Optimizer</legend>${Object.keys(table.paths).map(radio).join("")}</fieldset>
      <label class="range"><span>Learning rate: <span data-show="rate"></span></span>
        <input type="range" data-set="rate" min="0" max="${last(table.rates)}" step="1" value="${plain}"></label>
      <label class="range"><span>Ravine turned by: <span data-show="angle"></span></span>
        <input type="range" data-set="angle" min="0" max="${last(table.angles)}" step="1" value="0"></label>
      <button type="button">Keep this path to compare</button>
    </div>
    <div class="pictures">
      <svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="Map of the ravine with the path; the text below says where it ends.">
        <g transform="translate(${SIZE / 2} ${SIZE / 2}) scale(${SIZE / (2 * EXTENT)} ${-SIZE / (2 * EXTENT)})">
          <g data-part="contours" fill="none" stroke="currentColor" stroke-opacity="0.35" stroke-width="0.03">${contours}</g>
          <path d="M-0.2 0H0.2M0 -0.2V0.2" stroke="currentColor" stroke-width="0.06"/>
          <g data-part="kept" opacity="0.55"></g><g data-part="path"></g>
        </g>
      </svg>
      <svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="Distance to the minimum over steps; the text below says how it ends.">
        ${frame(table.steps, "distance to the minimum, over steps")}
        <g data-part="keptCurve" fill="none" opacity="0.55"></g><g data-part="curve" fill="none"></g>
      </svg>
    </div>
    <p class="status" role="status"></p>
    <p class="status" data-show="kept" hidden></p>
  </div>
  <div class="instead"><slot></slot></div>`;
}

function drawMap(points, color) {
  const dots = points.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="0.085"/>`).join("");
  return `<polyline points="${points.map((point) => point.join(",")).join(" ")}" fill="none" stroke="${color}"
    stroke-width="0.06"/><g fill="${color}">${dots}</g>`;
}

function drawCurve(points, color, steps, dashed) {
  return `<polyline points="${curve(distances(points), steps)}" stroke="${color}" stroke-width="2"
    ${dashed ? 'stroke-dasharray="5 4"' : ""}/>`;
}

class Descent extends (globalThis.HTMLElement ?? Object) {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.table = JSON.parse(this.querySelector('script[type="application/json"]').textContent);
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = markup(this.table);
    this.kept = null;
    root.addEventListener("input", () => this.draw());
    root.querySelector("button").addEventListener("click", () => {
      this.kept = this.kept ? null : this.choice();
      this.draw();
    });
    this.draw();
  }

  choice() {
    const root = this.shadowRoot;
    const number = (name) => Number(root.querySelector(`[data-set="${name}"]`).value);
    return [root.querySelector("input[name=optimizer]:checked").value, number("rate"), number("angle")];
  }

  draw() {
    const [root, table] = [this.shadowRoot, this.table];
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    const [optimizer, rate, angle] = this.choice();
    const said = { rate: String(table.rates[rate]), angle: `${table.angles[angle]}°` };
    for (const [name, text] of Object.entries(said)) {
      root.querySelector(`[data-show="${name}"]`).textContent = text;
      root.querySelector(`[data-set="${name}"]`).setAttribute("aria-valuetext", text);
    }
    part("contours").setAttribute("transform", `rotate(${table.angles[angle]})`);
    const points = readPath(table, optimizer, rate, angle);
    part("path").innerHTML = drawMap(points, table.colors[optimizer]);
    part("curve").innerHTML = drawCurve(points, table.colors[optimizer], table.steps, false);
    root.querySelector("[role=status]").textContent = describe(table, optimizer, rate, angle);

    const keptPoints = this.kept && readPath(table, ...this.kept);
    part("kept").innerHTML = keptPoints ? drawMap(keptPoints, table.colors[this.kept[0]]) : "";
    part("keptCurve").innerHTML = keptPoints ? drawCurve(keptPoints, table.colors[this.kept[0]], table.steps, true) : "";
    const note = root.querySelector('[data-show="kept"]');
    note.hidden = !this.kept;
    note.textContent = this.kept ? `Kept, paler: ${describe(table, ...this.kept)}` : "";
    const button = root.querySelector("button");
    button.textContent = this.kept ? "Drop the kept path" : "Keep this path to compare";
  }
}

if (globalThis.customElements && !customElements.get("nn2-descent")) customElements.define("nn2-descent", Descent);
