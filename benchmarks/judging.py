"""What judging costs: the time from a hand-in's replies to its points and messages, beside the time of asking for them.

No student code runs while it is judged, so this is what the judge itself adds to a notebook. The replies of the solved
notebook are judged, and those of a hand-in with a known mistake in every exercise, which is the dearest kind: each of
its answers is compared with every known mistake.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

from autograder.assignment import find_assignment
from autograder.feedback import message, summary
from autograder.judge import judge_check
from autograder.wire import decode
from autograder.words import Words, everybodys
from autograder.worlds import Variant, ask_notebook, read_answers

ROOT = Path(__file__).resolve().parent.parent
SEED = 1
MOST_MILLISECONDS = 50  # what judging may add to a notebook


def main() -> None:
    """Time judging and print it, in milliseconds a notebook and as a share of asking."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assignment", default="2-optimizers")
    parser.add_argument("--repeat", type=int, default=20, help="how often each notebook is judged (default: 20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    if chosen.repeat < 1:
        parser.error(f"--repeat must be at least 1, got {chosen.repeat}")
    assignment = find_assignment(ROOT, chosen.assignment)
    everybodys()  # read once a run
    found = {notebook.name: compare(assignment, notebook, chosen.repeat) for notebook in assignment.notebooks}
    if chosen.json:
        print(json.dumps(found))
        return
    for name, times in found.items():
        print(f"{name}.ipynb")
        for what, value in times.items():
            print(f"  {what:<34} {value:.3g}")


def compare(assignment, notebook, repeat: int) -> dict[str, float]:
    """Time the judging of one notebook's replies.

    Returns
    -------
    dict of str to float
        Milliseconds (the median of ``repeat`` times) to judge the right replies and the mistaken ones, the larger of
        the two as a share of the limit of 50 ms, and as a share of the time that asking the right answers took.
    """
    where = assignment.folder / "misconceptions.toml"
    mistakes = [Variant(m.name, m.exercise, m.wrong_cell, where) for m in assignment.misconceptions]
    started = time.perf_counter()
    right = ask_notebook(assignment, notebook, SEED)
    asking = time.perf_counter() - started
    said = ask_notebook(assignment, notebook, SEED, mistakes)
    known = {mistake.name: mistake for mistake in assignment.misconceptions}
    answers = read_answers(assignment, said)
    wrong = {check: {known[name]: given for name, given in asked["wrong"].items()} for check, asked in answers.items()}
    right = {check: asked["reference"] for check, asked in right.items()}
    mistaken = {}
    for check, asked in said.items():
        own = [name for name in asked["wrong"] if known[name].exercise == check]
        mistaken[check] = asked["wrong"][own[0]] if own else asked["reference"]
    times = {}
    for kind, replies in (("right", right), ("mistaken", mistaken)):
        times[kind] = statistics.median(_judge(assignment, notebook, replies, answers, wrong) for _ in range(repeat))
    dearest = max(times.values())
    return {
        "milliseconds_right": 1000 * times["right"],
        "milliseconds_mistaken": 1000 * times["mistaken"],
        "share_of_the_limit": 1000 * dearest / MOST_MILLISECONDS,
        "share_of_asking": dearest / asking,
    }


def _judge(assignment, notebook, replies, answers, wrong):
    started = time.perf_counter()
    words = Words((cell.source for cell in notebook.cells), (probe.source() for probe in assignment.probes))
    for mark in notebook.checks:
        given = {name: decode(text) for name, text in replies[mark.name].items() if text}
        result = judge_check(
            mark.name,
            mark.points,
            assignment.probes_of(mark.name),
            given,
            answers[mark.name]["reference"],
            wrong[mark.name],
            seed=SEED,
            words=words,
        )
        message(result), summary(result)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
