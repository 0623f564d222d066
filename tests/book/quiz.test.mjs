// What quiz.js keeps and counts, without a browser.
import assert from "node:assert/strict";
import test from "node:test";
import { keepChoice, keyOf, progress, readChoices } from "../../book/_assets/quiz.js";

const storage = (start = {}) => {
  const kept = new Map(Object.entries(start));
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
    kept,
  };
};

test("choices are kept for each page, and forgotten together", () => {
  const one = storage();
  keepChoice(one, "a", "first", 2);
  keepChoice(one, "a", "second", 0);
  keepChoice(one, "b", "first", 1);
  assert.deepEqual(readChoices(one, "a"), { first: 2, second: 0 });
  keepChoice(one, "a");
  assert.deepEqual(readChoices(one, "a"), {});
  assert.deepEqual(readChoices(one, "b"), { first: 1 });
});

test("what cannot be read counts as nothing", () => {
  for (const text of ["{", "null", "[]", '{"q": "1"}', '{"q": -1}', '{"q": 0.5}'])
    assert.deepEqual(readChoices(storage({ [keyOf("a")]: text }), "a"), {}, text);
  assert.deepEqual(readChoices(undefined, "a"), {});
});

test("a browser that keeps nothing is no error", () => {
  const full = { ...storage(), setItem: () => { throw new Error("QuotaExceededError"); } };
  keepChoice(full, "a", "first", 1);
  keepChoice(undefined, "a", "first", 1);
  assert.deepEqual(readChoices(full, "a"), {});
});

test("progress is told in one line", () => {
  const questions = [{ name: "a", right: 1 }, { name: "b", right: 0 }, { name: "c", right: 2 }];
  assert.equal(progress(questions, {}), "");
  assert.equal(progress(questions, { a: 0 }), "0 of 3 right, 2 still open.");
  assert.equal(progress(questions, { a: 1, b: 2, c: 2 }), "2 of 3 right.");
});
