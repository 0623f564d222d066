"""Grading a class: intake, nbgrader's own autograding with our steps in it, feedback, report."""

import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.assignment import Assignment
from autograder.build import quiet_nbgrader, release
from autograder.errors import CourseError
from autograder.preprocessors import METADATA
from autograder.sandbox.doctor import UNTRUSTED, require_sandbox
from autograder.workflow.intake import Submission, collect
from autograder.workflow.ledger import Ledger
from autograder.workflow.report import write_report


@dataclass(frozen=True)
class Outcome:
    """What became of a class.

    Parameters
    ----------
    graded, unchanged : int
        Submissions graded now, and those whose marks stood already.
    problems : dict of str to list of str
        For each student with something that could not be graded, a sentence about each notebook.
    report : Path
        The class report.
    """

    graded: int
    unchanged: int
    problems: dict[str, list[str]]
    report: Path


def grade(
    assignment: Assignment,
    root: Path,
    say=print,
    again: bool = False,
    trust: bool = False,
    new_seed: bool = False,
) -> Outcome:
    """Grade every hand-in of an assignment that has changed since it was last graded.

    Parameters
    ----------
    assignment : Assignment
        What was handed in.
    root : Path
        The course's folder; hand-ins lie in ``classroom/submitted/<student>/<assignment>``.
    say : callable
        Is told a line for each submission.
    again : bool
        Grade also what has not changed.
    trust : bool
        Run the notebooks without the sandbox.
    new_seed : bool
        Draw the probes' inputs from a new seed; everything is then graded again.

    Raises
    ------
    CourseError
        If nothing has been handed in, or the sandbox does not work here.
    """
    classroom = root / "classroom"
    submissions = collect(assignment, classroom / "submitted")
    if not submissions:
        raise CourseError(f"nothing to grade: no folder matches {classroom / 'submitted'}/*/{assignment.name}")
    isolation = UNTRUSTED if trust else require_sandbox(root)
    ledger = Ledger(classroom / "ledger.jsonl")
    _enter_assignment(assignment, classroom)
    version = assignment.name, assignment.version
    ledger.seed(*version, renew=new_seed)
    drawn = ledger.drawn(*version)
    standing = {
        event["student"]: event["digest"]
        for event in ledger.events("graded")
        if (event["assignment"], event["version"], event.get("drawn", 1)) == (*version, drawn)
    }
    problems, graded, unchanged = {}, 0, 0
    for number, submission in enumerate(submissions, 1):
        sentences = dict(submission.problems)
        label = f"[{number}/{len(submissions)}] {submission.student}"
        if not again and standing.get(submission.student) == submission.digest and _has_marks(submission, classroom):
            unchanged += 1
            say(f"{label}: unchanged")
        else:
            started = time.perf_counter()
            sentences |= _grade_one(assignment, submission, root, trust)
            graded += bool(submission.notebooks)
            ledger.append(
                "graded",
                assignment=assignment.name,
                version=assignment.version,
                student=submission.student,
                digest=submission.digest,
                drawn=drawn,
                isolation=isolation,
                problems=sentences,
            )
            say(f"{label}: {_tell(assignment, submission, sentences, root)} ({time.perf_counter() - started:.0f} s)")
        if sentences:
            problems[submission.student] = list(sentences.values())
    report = write_report(assignment, root, submissions, problems)
    return Outcome(graded, unchanged, problems, report)


def _enter_assignment(assignment, classroom):
    """Enter the assignment's cells in the gradebook, by nbgrader's own generate_assignment."""
    import tempfile

    classroom.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        release(assignment, Path(scratch) / "release", db_url=f"sqlite:///{classroom / 'gradebook.db'}")


def _has_marks(submission: Submission, classroom: Path):
    assignment = submission.folder.name
    graded = classroom / "autograded" / submission.student / assignment
    feedback = classroom / "feedback" / submission.student / assignment
    return all(
        (graded / f"{name}.ipynb").exists() and (feedback / f"{name}.html").exists() for name in submission.notebooks
    )


def _grade_one(assignment, submission, root, trust):
    """Grade and write feedback for one submission; gives a sentence for each notebook that failed all the same."""
    from nbgrader.converters import Autograde, GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    from autograder.nbgrader_config import course_config

    problems = {}
    for name in submission.notebooks:
        config = course_config(root, trust)
        config.CourseDirectory.assignment_id = assignment.name
        config.CourseDirectory.student_id = submission.student
        config.CourseDirectory.notebook_id = name
        with quiet_nbgrader() as said:
            try:
                for step in (Autograde, GenerateFeedback):
                    step(coursedir=CourseDirectory(config=config), config=config, force=True).start()
            except CourseError:
                raise
            except Exception as error:  # whatever one hand-in does to nbgrader, the class goes on
                problems[name] = f"{name}.ipynb could not be graded: {said() or type(error).__name__}"
    return problems


def _tell(assignment, submission, problems, root):
    score, ended = 0.0, []
    for name in submission.notebooks:
        path = root / "classroom" / "autograded" / submission.student / assignment.name / f"{name}.ipynb"
        if path.exists():
            facts = nbformat.read(path, as_version=4).metadata.get(METADATA, {})
            score += sum(check["points"] for check in facts.get("checks", ()))
            ended += [facts["ended"]] if facts.get("ended") else []
    told = [f"{score:g} of {assignment.automatic_points:g}"] if submission.notebooks else ["not gradable"]
    return "; ".join([*told, *problems.values(), *ended])
