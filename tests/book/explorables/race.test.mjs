// The race's functions, against what Keras's optimizers did (tests/book/test_race.py writes the numbers, and runs this).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { RULES, bestRate, contour, distance, ranking, slope, tell, turn, walk } from "../../../book/_assets/explorables/optimizers.js";

const { table, expected } = JSON.parse(readFileSync(process.env.NN2_NUMBERS, "utf8"));
const near = (actual, wanted, tolerance, what) =>
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${what}: ${actual}, wanted ${wanted}`);
const nearPair = (actual, wanted, tolerance, what) => actual.forEach((value, i) => near(value, wanted[i], tolerance, what));
const noiseOf = (surface) => (surface.noisy ? table.noise : []);

test("slopes and distances are NumPy's, at every angle", () => {
  for (const { surface, angle, point, gradient, distance: away } of expected.slopes) {
    nearPair(slope(table.surfaces[surface], angle, point), gradient, 1e-9, `slope of the ${surface} at ${angle}`);
    near(distance(table.surfaces[surface], angle, point), away, 1e-12, `distance on the ${surface} at ${angle}`);
  }
});

test("a turn is NumPy's rotation", () => {
  for (const { angle, point, turned } of expected.turns) nearPair(turn(point, angle), turned, 1e-12, `at ${angle}`);
});

test("each rule changes a weight as Keras does, on slopes that do not depend on it", () => {
  for (const { name, settings, slopes, positions } of expected.fed) {
    const tolerance = name === "Adam" ? 3e-5 : 1e-6; // Keras keeps rates, and Adam's 1 - β₂, in 32-bit floats
    let [x, m, v] = [0, 0, 0];
    slopes.forEach((g, i) => {
      const [change, ...kept] = RULES[name](settings, g, m, v, i + 1);
      x += change;
      [m, v] = kept;
      near(x, positions[i + 1], tolerance * Math.max(1, Math.abs(x)), `${name}, step ${i + 1}`);
    });
  }
});

test("each walk is Keras's, on every surface", () => {
  assert.ok(expected.walks.length >= 20);
  for (const { surface, angle, name, settings, positions } of expected.walks) {
    const made = table.surfaces[surface];
    const points = walk(made, angle, name, settings, positions.length - 1, noiseOf(made));
    assert.equal(points.length, positions.length);
    points.forEach((point, step) => nearPair(point, positions[step], 1e-3, `${name} on the ${surface}, step ${step}`));
  }
});

test("one that leaves is cut there, and comes last", () => {
  const { surface, name, settings, left } = expected.leaves;
  const walks = { [name]: walk(table.surfaces[surface], 0, name, settings, 60), other: [[9, 9]] };
  assert.equal(walks[name].length, left);
  assert.deepEqual(ranking(walks, table.surfaces[surface], 0, 0).map((one) => one.name), [name, "other"]);
  assert.equal(ranking(walks, table.surfaces[surface], 0, left).at(-1).distance, Infinity);
});

test("walking changes neither the table nor the settings", () => {
  const before = JSON.stringify(table);
  const settings = Object.freeze({ rate: 0.1, beta: 0.9, rho: 0.9, beta2: 0.999 });
  for (const name of Object.keys(RULES)) walk(table.surfaces.saddle, 30, name, settings, 10);
  assert.equal(JSON.stringify(table), before);
});

test("the points of a contour have its value", () => {
  for (const [name, surface] of Object.entries(table.surfaces)) {
    for (const level of [0.4, 3.2, 18]) {
      for (const [u1, u2] of contour(surface, level, 9.75).flat()) {
        const along = surface.well
          ? (surface.curvatures[0] * (u1 ** 2 - surface.well ** 2) ** 2) / (8 * surface.well ** 2)
          : (surface.curvatures[0] * u1 ** 2) / 2;
        near(along + (surface.curvatures[1] * u2 ** 2) / 2, level, 1e-9, `${name}, level ${level}`);
      }
    }
  }
  assert.equal(contour(table.surfaces.saddle, 0.4, 9.75).length, 2, "two wells, each with an outline of its own");
  assert.equal(contour(table.surfaces.saddle, 18, 9.75).length, 1, "one outline around both");
});

test("the best rate is the one with which Keras ends nearest", () => {
  for (const { surface, name, settings, rates, best } of expected.best) {
    const made = table.surfaces[surface];
    assert.equal(bestRate(made, 0, name, settings, rates, 40, noiseOf(made)), best, `${name} on the ${surface}`);
  }
});

test("of two rates that arrive, the smaller one is the best", () => {
  const round = { curvatures: [1, 1], well: 0, start: [1, 0] };
  assert.equal(bestRate(round, 0, "SGD", {}, [0.001, 0.5, 1, 3], 40, []), 1);
});

test("a ranking is told in words", () => {
  const { walks, surface, told } = expected.sentence;
  assert.equal(tell(ranking(walks, table.surfaces[surface], 0, 40), 40), told);
  assert.equal(tell(ranking(walks, table.surfaces[surface], 0, 0), 0), "5 at the start, 5.7 from the nearest minimum.");
});

test("the odd cases are told, too", () => {
  const gone = { name: "SGD", distance: Infinity };
  assert.equal(tell([{ name: "Adam", distance: 0.00001 }, gone], 1), "After 1 step Adam is nearest, less than 0.001 from a minimum. SGD left the map.");
  assert.equal(tell([gone], 9), "After 9 steps nobody is left. SGD left the map.");
  assert.equal(tell([], 9), "Nobody runs: choose an optimizer.");
});
