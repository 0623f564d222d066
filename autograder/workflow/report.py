"""The class report: one HTML page for the instructor, which loads nothing and runs no script."""

import statistics
from collections import Counter
from html import escape
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from autograder.assignment import Assignment
from autograder.feedback import points
from autograder.files import replace_file
from autograder.judge import NOT_ANSWERED, RIGHT
from autograder.preprocessors import METADATA
from autograder.workflow.intake import Submission

STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --quiet: #5a6577; --line: #d8dde6; --fill: #2f6fa8; --soft: #eef2f7;
  --paper: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf1; --quiet: #a7b1c2; --line: #39424f; --fill: #6aa9de;
  --soft: #222a35; --paper: #161b22; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 68rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
p.note { color: var(--quiet); margin-top: .2rem; }
dl.facts { display: flex; flex-wrap: wrap; gap: .8rem; padding: 0; }
dl.facts div { background: var(--soft); border-radius: .4rem; padding: .6rem 1rem; min-width: 8rem; }
dl.facts dt { color: var(--quiet); font-size: .85rem; } dl.facts dd { margin: 0; font-size: 1.4rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th { font-weight: 600; } a { color: var(--fill); }
.bar { display: inline-block; width: 8rem; height: .7rem; background: var(--soft); border-radius: .2rem;
  overflow: hidden; }
.bar span { display: block; height: 100%; background: var(--fill); }
svg { max-width: 100%; height: auto; } svg rect { fill: var(--fill); } svg text { fill: var(--ink); font-size: 12px; }
"""


def write_report(
    assignment: Assignment, root: Path, submissions: list[Submission], problems: dict[str, list[str]]
) -> Path:
    """Write ``classroom/reports/<assignment>.html`` and give its path.

    Parameters
    ----------
    assignment : Assignment
        What was graded.
    root : Path
        The course's folder.
    submissions : list of Submission
        All hand-ins.
    problems : dict of str to list of str
        By student, a sentence for each notebook that could not be graded.
    """
    students = [_student(assignment, root, submission) for submission in submissions]
    path = root / "classroom" / "reports" / f"{assignment.name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, page(assignment, students, problems).encode())
    return path


def page(assignment: Assignment, students: list[dict], problems: dict[str, list[str]]) -> str:
    """The report as HTML text; every name in it is escaped."""
    graded = [student for student in students if student["checks"]]
    body = [
        f"<h1>Class report: {escape(assignment.name)}</h1>",
        f'<p class="note">Assignment version {assignment.version}. Isolation while grading: '
        f"{escape(', '.join(sorted({student['isolation'] for student in graded})) or 'nothing ran')}. "
        "Automatic points only, unless a line says otherwise.</p>",
        _facts(assignment, students, graded, problems),
        _histogram(assignment, graded),
        _checks(assignment, graded),
        _mistakes(assignment, graded),
        _problems(problems),
        _flags(graded),
        _students(assignment, students),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Class report: {escape(assignment.name)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n{''.join(part for part in body if part)}</main></body></html>\n"
    )


def _student(assignment, root, submission):
    """One student's facts, read from the graded notebooks and the gradebook."""
    classroom = root / "classroom"
    facts = {"student": submission.student, "checks": {}, "isolation": "", "ended": [], "pages": [], "told": []}
    for name in submission.notebooks:
        graded = classroom / "autograded" / submission.student / assignment.name / f"{name}.ipynb"
        if not graded.exists():
            continue
        verdicts = nbformat.read(graded, as_version=4).metadata.get(METADATA, {})
        facts["checks"] |= {check["check"]: check for check in verdicts.get("checks", ())}
        facts["isolation"] = verdicts.get("isolation", "")
        facts["ended"] += [verdicts["ended"]] if verdicts.get("ended") else []
        told = [*verdicts.get("repaired", ()), *verdicts.get("flags", ())]
        facts["told"] += [(name, each["flag"], each["cell"], each["sentence"]) for each in told]
        page = f"feedback/{submission.student}/{assignment.name}/{name}.html"
        if (classroom / page).exists():
            facts["pages"].append((name, f"../{quote(page)}"))
    facts["points"] = sum(check["points"] for check in facts["checks"].values())
    facts["waiting"] = waiting_for_a_person(assignment, root, submission)
    return facts


def waiting_for_a_person(assignment: Assignment, root: Path, submission: Submission) -> int:
    """How many essays of a hand-in a person has yet to read, in the notebooks that could be opened."""
    essays = {essay.name for name in submission.notebooks for essay in assignment.notebook(name).essays}
    with Gradebook(f"sqlite:///{root / 'classroom' / 'gradebook.db'}") as gradebook:
        try:
            found = gradebook.find_submission(assignment.name, submission.student)
        except MissingEntry:
            return 0
        grades = [grade for notebook in found.notebooks for grade in notebook.grades]
        return sum(bool(grade.needs_manual_grade) for grade in grades if grade.name in essays)


def _facts(assignment, students, graded, problems):
    scores = [student["points"] for student in graded]
    facts = {
        "hand-ins": str(len(students)),
        "graded": str(len(graded)),
        "with a problem": str(len(problems)),
        "median": f"{points(statistics.median(scores))} of {points(assignment.automatic_points)}" if scores else "–",
        "essays to read": str(sum(student["waiting"] for student in students)),
    }
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    return f'<dl class="facts">{cells}</dl>'


def _histogram(assignment, graded):
    if not graded:
        return ""
    most, bins = assignment.automatic_points, 10
    counts = Counter(min(int(bins * student["points"] / most), bins - 1) for student in graded)
    tallest, bars = max(counts.values()), []
    for number in range(bins):
        count, x = counts.get(number, 0), 40 + number * 56
        height = 110 * count / tallest
        bars.append(f'<rect x="{x}" y="{130 - height:.1f}" width="48" height="{height:.1f}"/>')
        if count:
            bars.append(f'<text x="{x + 24}" y="{124 - height:.1f}" text-anchor="middle">{count}</text>')
        bars.append(f'<text x="{x}" y="148" text-anchor="middle">{points(number * most / bins)}</text>')
    bars.append(f'<text x="{40 + bins * 56}" y="148" text-anchor="middle">{points(most)}</text>')
    told = "; ".join(
        f"{points(number * most / bins)} to {points((number + 1) * most / bins)}: {counts[number]}"
        for number in sorted(counts)
    )
    return (
        "<h2>How the points are spread</h2>"
        f'<svg viewBox="0 0 640 160" width="640" role="img" aria-label="Students by automatic points. {told}.">'
        f"{''.join(bars)}</svg>"
    )


def _checks(assignment, graded):
    rows = []
    for notebook in assignment.notebooks:
        for mark in notebook.checks:
            found = [student["checks"][mark.name] for student in graded if mark.name in student["checks"]]
            share = statistics.fmean(check["points"] / check["out_of"] for check in found) if found else 0
            whole = sum(check["points"] == check["out_of"] for check in found)
            empty = sum(all(probe["outcome"] == NOT_ANSWERED for probe in check["probes"]) for check in found)
            probes = [probe for check in found for probe in check["probes"]]
            failed = Counter(probe["probe"] for probe in probes if probe["outcome"] not in (RIGHT, NOT_ANSWERED))
            hardest = ", ".join(f"{escape(name)} ({count})" for name, count in failed.most_common(2)) or "–"
            rows.append(
                f"<tr><td><code>{escape(mark.name)}</code></td><td>{escape(notebook.name)}</td>"
                f'<td><span class="bar"><span style="width:{100 * share:.0f}%"></span></span> {100 * share:.0f} %</td>'
                f'<td class="number">{whole} of {len(found)}</td><td class="number">{empty}</td><td>{hardest}</td></tr>'
            )
    head = (
        "<tr><th>exercise</th><th>notebook</th><th>points earned</th>"
        '<th class="number">all right</th><th class="number">not answered</th><th>probes failed most</th></tr>'
    )
    return f'<h2>The exercises</h2><div class="scroll"><table>{head}{"".join(rows)}</table></div>'


def _mistakes(assignment, graded):
    hints = {mistake.name: mistake for mistake in assignment.misconceptions}
    checks = [check for student in graded for check in student["checks"].values()]
    found = Counter(name for check in checks for name in check["diagnoses"] if name in hints)
    if not found:
        return ""
    rows = "".join(
        f'<tr><td class="number">{count}</td><td><code>{escape(hints[name].exercise)}</code></td>'
        f"<td>{escape(name)}</td><td>{escape(hints[name].hint)}</td></tr>"
        for name, count in found.most_common()
    )
    head = '<tr><th class="number">students</th><th>exercise</th><th>mistake</th><th>what they were told</th></tr>'
    return f'<h2>What went wrong, by name</h2><div class="scroll"><table>{head}{rows}</table></div>'


def _problems(problems):
    if not problems:
        return ""
    rows = "".join(
        f"<tr><td>{escape(student)}</td><td>{'<br>'.join(map(escape, sentences))}</td></tr>"
        for student, sentences in sorted(problems.items())
    )
    head = "<tr><th>student</th><th>what is the matter</th></tr>"
    return f'<h2>Hand-ins that need a word</h2><div class="scroll"><table>{head}{rows}</table></div>'


def _flags(graded):
    """What is worth a look: flags, which no student raises by accident, and what was mended; none changes a score."""
    rows = [
        (not flag, student["student"], notebook, cell, sentence)
        for student in graded
        for notebook, flag, cell, sentence in student["told"]
    ]
    if not rows:
        return ""
    body = "".join(
        f"<tr><td>{'mended' if mended else 'flag'}</td><td>{escape(student)}</td><td>{escape(notebook)}</td>"
        f'<td class="number">{escape(str(cell))}</td><td>{escape(sentence)}</td></tr>'
        for mended, student, notebook, cell, sentence in sorted(rows, key=lambda row: row[:3])
    )
    head = '<tr><th>kind</th><th>student</th><th>notebook</th><th class="number">cell</th><th>what</th></tr>'
    return (
        '<h2>Worth a look</h2><p class="note">Flags are hints and what was mended is told: neither changed a '
        f'score.</p><div class="scroll"><table>{head}{body}</table></div>'
    )


def _students(assignment, students):
    marks = [mark for notebook in assignment.notebooks for mark in notebook.checks]
    names = [mark.name for mark in marks]
    head = "".join(f'<th class="number"><code>{escape(name)}</code></th>' for name in names)
    rows = []
    for student in sorted(students, key=lambda student: student["student"]):
        checks = student["checks"]
        cells = "".join(
            f'<td class="number">{points(checks[name]["points"]) if name in checks else "–"}</td>' for name in names
        )
        links = ", ".join(f'<a href="{escape(href)}">{escape(name)}</a>' for name, href in student["pages"]) or "–"
        ended = "".join(f"<br>{escape(sentence)}" for sentence in student["ended"])
        rows.append(
            f"<tr><td>{escape(student['student'])}{ended}</td>{cells}"
            f'<td class="number">{points(student["points"])}</td>'
            f'<td class="number">{student["waiting"] or "–"}</td><td>{links}</td></tr>'
        )
    out_of = "".join(f'<td class="number">{points(mark.points)}</td>' for mark in marks)
    return (
        '<h2>The students</h2><div class="scroll"><table>'
        f'<tr><th>student</th>{head}<th class="number">points</th><th class="number">essays to read</th>'
        f"<th>feedback</th></tr>{''.join(rows)}"
        f'<tr><td>out of</td>{out_of}<td class="number">{points(assignment.automatic_points)}</td>'
        "<td></td><td></td></tr></table></div>"
    )
