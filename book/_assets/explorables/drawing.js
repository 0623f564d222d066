// What the explorables share: numbers in words, a logarithmic scale, the frame of a plot of distances, and their style.

export const SIZE = 320; // user units of each picture's side
export const EXTENT = 6.5; // a map reaches from -EXTENT to EXTENT
export const PLOT = { left: 46, right: 310, top: 12, bottom: 280, low: 0.001, high: 10 };

/** Where a value lies between two bounds, from 0 to 1, on a logarithmic scale; values outside are put on the bound. */
export function logPosition(value, low, high) {
  const clamped = Math.min(Math.max(value, low), high);
  return Math.log(clamped / low) / Math.log(high / low);
}

/** Two significant digits, without an exponent down to a thousandth. */
export function short(value) {
  if (value === 0) return "0";
  if (Math.abs(value) < 0.001) return "less than 0.001";
  return String(Number(value.toPrecision(2)));
}

/** Height of a distance in the plot, in user units. */
export function plotY(distance) {
  return PLOT.bottom - logPosition(distance, PLOT.low, PLOT.high) * (PLOT.bottom - PLOT.top);
}

/** The points of a curve of distances over steps, as a polyline has them. */
export function curve(distances, steps) {
  const place = (distance, step) => `${PLOT.left + (step / steps) * (PLOT.right - PLOT.left)},${plotY(distance)}`;
  return distances.map(place).join(" ");
}

/** The plot's lines and words: distances by powers of ten, over steps. */
export function frame(steps, title) {
  const decades = [0.001, 0.01, 0.1, 1, 10].map((value) => {
    const y = plotY(value);
    return `<path d="M${PLOT.left} ${y}H${PLOT.right}" stroke="currentColor" stroke-opacity="0.25"/>
      <text x="${PLOT.left - 6}" y="${y + 4}" text-anchor="end">${value}</text>`;
  }).join("");
  const ticks = [0, 0.5, 1].map((share) => {
    const x = PLOT.left + share * (PLOT.right - PLOT.left);
    return `<text x="${x}" y="${PLOT.bottom + 18}" text-anchor="middle">${Math.round(share * steps)}</text>`;
  }).join("");
  const middle = (PLOT.left + PLOT.right) / 2;
  return `${decades}${ticks}<text x="${middle}" y="${SIZE - 4}" text-anchor="middle">${title}</text>`;
}

/** An element's <style>, but for what only one explorable has. In print, what stands in for it is shown. */
export const STYLE = `
  :host { display: block; margin: 1.5rem 0; color: inherit; }
  .controls { display: flex; flex-wrap: wrap; gap: 0.75rem 2rem; align-items: end; margin-bottom: 0.75rem; }
  fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
  legend, label.range { font-weight: 600; padding: 0; }
  fieldset label { display: inline-flex; align-items: center; gap: 0.3rem; margin-right: 0.9rem; min-height: 2rem; }
  label.range { display: grid; gap: 0.25rem; flex: 1 1 11rem; max-width: 18rem; }
  input { accent-color: #3d5cf5; }
  input[type="range"] { width: 100%; margin: 0.4rem 0; }
  button { font: inherit; color: inherit; background: transparent; border: 1px solid currentColor; border-radius: 4px;
           padding: 0.25rem 0.75rem; min-height: 2rem; cursor: pointer; }
  :focus-visible { outline: 2px solid #3d5cf5; outline-offset: 2px; }
  .pictures { display: flex; flex-wrap: wrap; gap: 1rem; }
  .pictures svg { flex: 1 1 260px; max-width: 380px; width: 100%; height: auto; }
  svg text { fill: currentColor; font-size: 13px; font-family: inherit; }
  .status { margin: 0.5rem 0 0; min-height: 3.2em; }
  .instead { display: none; }
  @media print { .live { display: none; } .instead { display: block; } }
`;
