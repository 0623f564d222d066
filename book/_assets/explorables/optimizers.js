// The mathematics of the optimizer race: surfaces, five optimizers in formulas as Keras has them, and who is nearest.
//
// Pure functions of plain numbers and pairs; tests/book/explorables/ compares them with Keras's own optimizers.

import { short } from "./drawing.js";

const EPSILON = 1e-7; // Keras's default for all three that divide
const each = (...lists) => lists[0].map((_, i) => lists.map((list) => list[i]));

/** A pair turned counter-clockwise by an angle in degrees. */
export function turn([x1, x2], angle) {
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  return [cos * x1 - sin * x2, sin * x1 + cos * x2];
}

/** Height along the valley's own first axis: a bowl, or two wells at -well and well with a saddle between them. */
export function floor({ curvatures: [curvature], well }, along) {
  return well === 0 ? (curvature * along ** 2) / 2 : (curvature * (along ** 2 - well ** 2) ** 2) / (8 * well ** 2);
}

/** The slope at a point of a surface that is turned by an angle: [df/dx1, df/dx2]. */
export function slope({ curvatures, well }, angle, point) {
  const [along, across] = turn(point, -angle);
  const bend = well === 0 ? 1 : (along ** 2 - well ** 2) / (2 * well ** 2);
  return turn([curvatures[0] * along * bend, curvatures[1] * across], angle);
}

/** Distance to the nearest minimum. */
export function distance({ well }, angle, point) {
  const [along, across] = turn(point, -angle);
  return Math.hypot(Math.abs(along) - well, across);
}

/** The outline of f = level on the unturned surface: one closed polygon for each stretch of the floor below it. */
export function contour(surface, level, extent, gap = 0.04) {
  const outlines = [];
  let stretch = [];
  const close = () => {
    if (stretch.length > 1) outlines.push([...stretch, ...stretch.map(([x, y]) => [x, -y]).reverse()]);
    stretch = [];
  };
  for (let along = -extent; along <= extent; along += gap) {
    const rest = level - floor(surface, along);
    if (rest >= 0) stretch.push([along, Math.sqrt((2 * rest) / surface.curvatures[1])]);
    else close();
  }
  close();
  return outlines;
}

/**
 * What each optimizer adds to a weight. g: the slope now; m, v: what it remembers of slopes and of their squares;
 * t: the step's number, from 1. Each gives [change, m, v].
 */
export const RULES = {
  SGD: ({ rate }, g, m, v) => [-rate * g, m, v],
  momentum: ({ rate, beta }, g, m, v) => {
    const velocity = beta * m - rate * g;
    return [velocity, velocity, v];
  },
  Adagrad: ({ rate }, g, m, v) => {
    const sum = v + g * g;
    return [(-rate * g) / Math.sqrt(sum + EPSILON), m, sum];
  },
  RMSprop: ({ rate, rho }, g, m, v) => {
    const mean = rho * v + (1 - rho) * g * g;
    return [(-rate * g) / Math.sqrt(mean + EPSILON), m, mean];
  },
  Adam: ({ rate, beta, beta2 }, g, m, v, t) => {
    const [first, second] = [beta * m + (1 - beta) * g, beta2 * v + (1 - beta2) * g * g];
    const corrected = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta ** t);
    return [(-corrected * first) / (Math.sqrt(second) + EPSILON), first, second];
  },
};

/**
 * The points of one walk, the start first. It ends early, with the last point inside, where it leaves the circle of
 * radius limit. noise: a pair for each step that is added to the slope, or nothing.
 */
export function walk(surface, angle, name, settings, steps, noise = [], limit = 30) {
  const points = [turn(surface.start, angle)];
  let [m, v] = [[0, 0], [0, 0]];
  for (let t = 1; t <= steps; t += 1) {
    const [seen, here] = [slope(surface, angle, points[t - 1]), points[t - 1]];
    const next = each(here, seen, noise[t - 1] ?? [0, 0], m, v).map(([x, g, extra, m_i, v_i]) => {
      const [change, ...kept] = RULES[name](settings, g + extra, m_i, v_i, t);
      return [x + change, ...kept];
    });
    if (!(Math.hypot(next[0][0], next[1][0]) <= limit)) break;
    const [x, first, second] = each(...next);
    points.push(x);
    [m, v] = [first, second];
  }
  return points;
}

/** Distances to the nearest minimum at a step, nearest first: [{name, distance}]; Infinity for one that has left. */
export function ranking(walks, surface, angle, step) {
  const reached = Object.entries(walks).map(([name, points]) => ({
    name,
    distance: step < points.length ? distance(surface, angle, points[step]) : Infinity,
  }));
  return reached.sort((one, other) => (one.distance === other.distance ? 0 : one.distance - other.distance));
}

/** The index of the rate that ends nearest; among those that come within a thousandth, the smallest. */
export function bestRate(surface, angle, name, settings, rates, steps, noise) {
  const ends = rates.map((rate) => {
    const points = walk(surface, angle, name, { ...settings, rate }, steps, noise);
    return points.length > steps ? Math.max(0.001, distance(surface, angle, points[steps])) : Infinity;
  });
  return ends.indexOf(Math.min(...ends));
}

/** A ranking in words. */
export function tell(ranked, step) {
  const after = step === 1 ? "After 1 step" : `After ${step} steps`;
  const near = ranked.filter(({ distance }) => Number.isFinite(distance));
  const gone = ranked.filter(({ distance }) => !Number.isFinite(distance)).map(({ name }) => name);
  const left = gone.length ? ` ${gone.join(", ")} left the map.` : "";
  if (ranked.length === 0) return "Nobody runs: choose an optimizer.";
  if (step === 0) return `${ranked.length} at the start, ${short(near[0].distance)} from the nearest minimum.`;
  if (near.length === 0) return `${after} nobody is left.${left}`;
  const [first, ...others] = near;
  const rest = others.length ? ` Then ${others.map(({ name, distance }) => `${name} ${short(distance)}`).join(", ")}.` : "";
  return `${after} ${first.name} is nearest, ${short(first.distance)} from a minimum.${rest}${left}`;
}
