"""The command ``autograder``: a verb each, a few lines each."""

import argparse
import sys
from pathlib import Path

from autograder.errors import CourseError

EXIT_FINE, EXIT_SOME_FAILED, EXIT_MISUSE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one verb and give its exit code: 0 fine, 1 some not gradable or stale, 2 misuse."""
    parser = argparse.ArgumentParser(prog="autograder", description="Build, hand out and grade the assignments.")
    parser.add_argument("--course", type=Path, default=Path.cwd(), help="the course's folder (default: this one)")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    verb = verbs.add_parser("build", help="make the solved and the released notebooks from solutions/")
    verb.add_argument("assignment", nargs="?", help="one assignment (default: all)")
    verb.add_argument("--check", action="store_true", help="write nothing; exit 1 if a notebook does not fit")
    verb.set_defaults(run=_build)

    verb = verbs.add_parser("sample-class", help="make a sample class of 12 hand-ins in classroom/submitted")
    verb.add_argument("assignment")
    verb.set_defaults(run=_sample_class)

    verb = verbs.add_parser("grade", help="grade what was handed in and write feedback and the class report")
    verb.add_argument("assignment")
    verb.add_argument("--again", action="store_true", help="grade also what has not changed")
    verb.add_argument("--trust", action="store_true", help="without the sandbox: for notebooks you wrote yourself")
    verb.add_argument("--new-seed", action="store_true", help="draw new inputs for the probes and grade everything")
    verb.set_defaults(run=_grade)

    verb = verbs.add_parser("explain", help="show one student's checks, probes, verdicts, points and evidence")
    verb.add_argument("student")
    verb.add_argument("assignment")
    verb.set_defaults(run=_explain)

    verb = verbs.add_parser("report-card", help="how good is the grader: every known mistake and fair answer, judged")
    verb.add_argument("assignment", nargs="?", help="one assignment (default: all)")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb.add_argument("--write", type=Path, metavar="FILE", help="also write the book's table to this file")
    verb.set_defaults(run=_report_card)

    chosen = parser.parse_args(arguments)
    sys.stdout.reconfigure(line_buffering=True)  # progress is told when it happens, into a pipe too
    try:
        return chosen.run(chosen, chosen.course.resolve())
    except CourseError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return EXIT_MISUSE
    except KeyboardInterrupt:
        print("autograder: stopped; what was graded so far is kept", file=sys.stderr)
        return 130


def _build(chosen, root):
    from autograder.assignment import find_assignment, find_assignments
    from autograder.build import build, stale

    names = [chosen.assignment] if chosen.assignment else find_assignments(root)
    assignments = [find_assignment(root, name) for name in names]  # all are read before anything is written
    problems = []
    for assignment in assignments:
        if chosen.check:
            problems += stale(assignment, root)
        else:
            written = build(assignment, root)
            print(f"{assignment.name}: {'built' if written else 'up to date'}")
    for problem in problems:
        print(f"autograder: {problem}", file=sys.stderr)
    return EXIT_SOME_FAILED if problems else EXIT_FINE


def _sample_class(chosen, root):
    from autograder.assignment import find_assignment
    from autograder.workflow.sample_class import make_sample_class

    made = make_sample_class(find_assignment(root, chosen.assignment), root)
    print(f"sample class: {len(made)} hand-ins in {root / 'classroom' / 'submitted'}")
    return EXIT_FINE


def _grade(chosen, root):
    from autograder.assignment import find_assignment
    from autograder.workflow.run import grade

    outcome = grade(
        find_assignment(root, chosen.assignment),
        root,
        again=chosen.again,
        trust=chosen.trust,
        new_seed=chosen.new_seed,
    )
    print(f"graded {outcome.graded}, unchanged {outcome.unchanged}; class report: {outcome.report}")
    for student, sentences in outcome.problems.items():
        print(f"autograder: {student}: {'; '.join(sentences)}", file=sys.stderr)
    return EXIT_SOME_FAILED if outcome.problems else EXIT_FINE


def _explain(chosen, root):
    from autograder.assignment import find_assignment
    from autograder.workflow.explain import explain

    print(explain(find_assignment(root, chosen.assignment), root, chosen.student))
    return EXIT_FINE


def _report_card(chosen, root):
    import json

    from autograder.assignment import find_assignment, find_assignments
    from autograder.files import replace_file
    from autograder.report_card import as_text, joined, problems_in, published, report_card

    names = [chosen.assignment] if chosen.assignment else find_assignments(root)
    assignments = [find_assignment(root, name) for name in names]
    card = report_card(assignments, root, say=lambda line: print(line, file=sys.stderr))
    print(json.dumps(card, ensure_ascii=False) if chosen.json else as_text(card))
    problems = problems_in(card)
    if chosen.write:
        old = json.loads(chosen.write.read_text(encoding="utf-8")) if chosen.write.exists() else {}
        table = joined(published(card), old, find_assignments(root))
        replace_file(chosen.write, (json.dumps(table, indent=1, ensure_ascii=False) + "\n").encode())
    for problem in problems:
        print(f"autograder: {problem}", file=sys.stderr)
    return EXIT_SOME_FAILED if problems else EXIT_FINE


if __name__ == "__main__":
    sys.exit(main())
