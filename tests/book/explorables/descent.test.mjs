// The explorable's functions, against numbers from NumPy (tests/book/test_explorables.py writes them, and runs this).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { arrival, contour, describe, distances, readPath } from "../../../book/_assets/explorables/descent.js";
import { logPosition, short } from "../../../book/_assets/explorables/drawing.js";

const { table, expected } = JSON.parse(readFileSync(process.env.NN2_NUMBERS, "utf8"));
const near = (actual, wanted, tolerance, what) =>
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${what}: ${actual}, wanted ${wanted}`);

test("paths come out as NumPy put them in", () => {
  for (const { optimizer, rate, angle, positions } of expected.paths) {
    const points = readPath(table, optimizer, rate, angle);
    assert.equal(points.length, positions.length);
    points.forEach((point, step) => point.forEach((value, i) => near(value, positions[step][i], 0.00051, `step ${step}`)));
  }
});

test("distances are NumPy's norms", () => {
  for (const { optimizer, rate, angle, distances: wanted } of expected.paths) {
    distances(readPath(table, optimizer, rate, angle)).forEach((value, step) => near(value, wanted[step], 0.001, `step ${step}`));
  }
});

test("arrival is Path.arrival", () => {
  for (const { distances: given, fraction, steps } of expected.arrivals) {
    assert.equal(arrival(given, fraction), steps === null ? Infinity : steps);
  }
});

test("points on a contour have its value", () => {
  for (const { level, halfAxes } of expected.contours) {
    contour(table.curvatures, level).forEach((axis, i) => near(axis, halfAxes[i], 1e-9, `level ${level}`));
  }
});

test("the logarithmic scale is NumPy's, and stays within its bounds", () => {
  for (const { value, position } of expected.logPositions) near(logPosition(value, 0.001, 10), position, 1e-12, `at ${value}`);
  assert.equal(logPosition(0, 0.001, 10), 0);
  assert.equal(logPosition(1e9, 0.001, 10), 1);
});

test("numbers are said in two digits", () => {
  assert.equal(short(0.06249), "0.062");
  assert.equal(short(12.6), "13");
  assert.equal(short(0.00004), "less than 0.001");
  assert.equal(short(0), "0");
});

test("a descent is told in words: where it ends, and when it arrived", () => {
  const { arrives, wanders, leaves } = expected.sentences;
  const said = ({ optimizer, rate, angle }) => describe(table, optimizer, rate, angle);
  assert.equal(said(arrives), arrives.text);
  assert.equal(said(wanders), wanders.text);
  assert.equal(said(leaves), leaves.text);
});

test("a path that is not in the table is an error, not an empty picture", () => {
  assert.throws(() => readPath(table, "Nadam", 0, 0), /no path for optimizer Nadam/);
  assert.throws(() => readPath(table, "SGD", 99, 0), /rate number 99/);
});
