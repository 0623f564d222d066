"""The command line: exit codes, one sentence instead of a traceback, and nothing written where it says no."""

import shutil
import subprocess
import sys

import pytest

from autograder import cli
from autograder.cli import main


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def refused(capsys, root, *arguments):
    """Run a command that must say no: the one sentence it says."""
    before = contents(root)
    assert main(["--course", str(root), *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert contents(root) == before
    (line,) = said.err.splitlines()
    assert line.startswith("autograder: ")
    return line.removeprefix("autograder: ")


def change(root, name, old, new):
    path = root / "solutions" / "1-numbers" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def line_of(path, start):
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


BAD = {
    "check without exercise": ("numbers.py", 'exercise="scale"', 'exercise="skale"', "# %% check", "has no exercise"),
    "points missing": ("numbers.py", " points=4", "", "# %% check", "needs points above 0, got none"),
    "points negative": ("numbers.py", "points=4", "points=-4", "# %% check", "needs points above 0, got -4"),
    "points a word": ("numbers.py", "points=4", "points=four", "# %% check", "cannot be read"),
    "the same name twice": ("numbers.py", 'essay="why"', 'essay="scale"', "# %% [markdown] essay", "would both be"),
    "solution never ends": (
        "numbers.py",
        "    ### END SOLUTION\n",
        "",
        '# %% exercise="scale"',
        "a solution begins and never ends",
    ),
    "unknown check": ("probes.py", 'Probe("shift"', 'Probe("shaft"', "def ask_shift(", "names the check 'shaft'"),
    "probe not Python": ("probes.py", "PROBES = [", "PROBES = [,", "PROBES = [", "SyntaxError"),
    "misconception that fits nowhere": ("misconceptions.toml", "values * factor", "x", "[[misconception]]", "stands 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_badly_written_assignment_is_one_line_with_file_and_line(case, capsys, course):
    name, old, new, start, sentence = BAD[case]
    path = change(course, name, old, new)
    told = refused(capsys, course, "build")
    assert told.startswith(f"{path}:{line_of(path, start)}: "), told
    assert sentence in told


def test_one_bad_assignment_among_many_is_found_before_anything_is_built(capsys, course):
    shutil.copytree(course / "solutions" / "1-numbers", course / "solutions" / "2-bad")
    (course / "solutions" / "2-bad" / "notes.txt").write_text("", encoding="utf-8")
    assert "2-bad/notes.txt: no notebook, probe or misconception" in refused(capsys, course, "build")


@pytest.mark.parametrize("verb", ["build", "sample-class", "grade"])
def test_an_unknown_assignment_is_one_line(verb, capsys, course):
    assert refused(capsys, course, verb, "9-none") == "no assignment is called '9-none'; there is 1-numbers"


@pytest.mark.parametrize("arguments", [["build"], ["sample-class", "1-numbers"], ["grade", "1-numbers"]])
def test_a_folder_that_is_no_course_is_one_line(arguments, capsys, tmp_path):
    assert refused(capsys, tmp_path, *arguments).startswith(f"{tmp_path} holds no course")


def test_nothing_handed_in_is_one_line(capsys, copied):
    assert refused(capsys, copied, "grade", "1-numbers").startswith("nothing to grade: no folder matches ")


def test_a_sample_class_of_what_was_not_built_is_one_line(capsys, course):
    assert refused(capsys, course, "sample-class", "1-numbers").endswith("run `autograder build` first")


def test_a_sample_class_says_where_it_is(capsys, copied):
    assert main(["--course", str(copied), "sample-class", "1-numbers"]) == 0
    assert capsys.readouterr().out == f"sample class: 12 hand-ins in {copied / 'classroom' / 'submitted'}\n"


@pytest.mark.parametrize("arguments", [[], ["bild"], ["build", "--chek"], ["grade"], ["build", "1-numbers", "more"]])
def test_a_command_that_there_is_not_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: autograder" in capsys.readouterr().err


def test_a_stop_from_the_keyboard_is_a_sentence(capsys, course, monkeypatch):
    def stopped(chosen, root):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_build", stopped)
    assert main(["--course", str(course), "build"]) == 130
    assert capsys.readouterr().err == "autograder: stopped; what was graded so far is kept\n"


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "autograder.cli", *arguments],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_check_writes_nothing_and_ends_with_1_where_something_does_not_fit(copied, capsys, monkeypatch):
    def release(assignment, folder):  # nbgrader's part is slow, and tested with the builder
        folder.mkdir()

    monkeypatch.setattr("autograder.build.release", release)
    path = change(copied, "numbers.py", "# # Numbers", "# # Other numbers")
    before = contents(copied)
    assert main(["--course", str(copied), "build", "--check"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f"autograder: {path.with_suffix('.ipynb')} does not fit numbers.py; run `make assignments`",
        f"autograder: {copied / 'assignments' / '1-numbers'} does not fit solutions/1-numbers; run `make assignments`",
    ]
    assert contents(copied) == before


def test_without_an_activated_environment_and_without_a_keyboard_it_works(copied):
    ran = run("build", "--check", cwd=copied)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_it_ends_with_2_and_one_line_as_a_command_too(tmp_path):
    ran = run("build", cwd=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr == f"autograder: {tmp_path} holds no course: a folder called solutions was expected in it\n"


def test_explain_of_somebody_who_was_not_graded_is_one_line(capsys, course):
    assert "no graded hand-in of 'ada' for 1-numbers" in refused(capsys, course, "explain", "ada", "1-numbers")


def test_report_card_of_an_unknown_assignment_is_one_line(capsys, course):
    told = refused(capsys, course, "report-card", "9-none", "--write", str(course / "card.json"))
    assert told == "no assignment is called '9-none'; there is 1-numbers"
