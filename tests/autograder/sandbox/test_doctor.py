"""The self-check says yes where the sandbox holds, and one sentence where it does not."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.errors import CourseError
from autograder.sandbox import bubblewrap, doctor

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def forget():
    """The check runs once a process; here it runs once a test."""
    doctor.require_sandbox.cache_clear()
    yield
    doctor.require_sandbox.cache_clear()


def outside(run_folder, environment, numpy_only):
    """A 'sandbox' that is none: the program runs where it stands."""
    return ["env", f"PATH={Path(sys.executable).parent}"]


def test_sandbox_holds_here():
    assert doctor.require_sandbox(ROOT) == doctor.ISOLATION


def test_missing_bubblewrap_stops_grading_in_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match=r"^bubblewrap \(command bwrap\) is missing, so nothing .* is run; install"):
        doctor.require_sandbox(ROOT)


def test_sandbox_that_does_not_start_stops_grading(monkeypatch):
    script = "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"
    monkeypatch.setattr(doctor, "command", lambda *_, **settings: ["sh", "-c", script])
    with pytest.raises(CourseError, match=r"does not start here, .*: bwrap: No permissions .*; where user namespaces"):
        doctor.require_sandbox(ROOT)


def test_sandbox_that_lets_things_through_stops_grading(monkeypatch):
    monkeypatch.setattr(doctor, "command", outside)
    monkeypatch.setattr(doctor, "python", lambda: sys.executable)
    with pytest.raises(CourseError, match=r"leaks, so nothing .* inside one can reach the network"):
        doctor.require_sandbox(ROOT)


@pytest.mark.parametrize(
    ("flag", "possible"),
    [("--unshare-net", "reach the network"), ("--unshare-pid", "see other processes")],
)
def test_each_wall_is_missed_when_it_is_gone(monkeypatch, flag, possible):
    def without(*given, **settings):
        return [argument for argument in bubblewrap.command(*given, **settings) if argument != flag]

    monkeypatch.setattr(doctor, "command", without)
    with pytest.raises(CourseError, match=f"inside one can {possible}"):
        doctor.require_sandbox(ROOT)


def test_a_course_that_shows_is_noticed(monkeypatch):
    def with_course(*given, **settings):
        arguments = bubblewrap.command(*given, **settings)
        place = arguments.index("--remount-ro")
        return [*arguments[:place], "--ro-bind", str(ROOT / "autograder"), "/opt/course", *arguments[place:]]

    monkeypatch.setattr(doctor, "command", with_course)
    with pytest.raises(CourseError, match="inside one can read the course's folder"):
        doctor.require_sandbox(Path("/opt/course"))


def test_a_library_that_shows_is_noticed(monkeypatch):
    monkeypatch.setattr(
        doctor, "command", lambda folder, environment, numpy_only: bubblewrap.command(folder, environment)
    )
    with pytest.raises(CourseError, match="inside one can open a deep-learning library in a NumPy notebook"):
        doctor.require_sandbox(ROOT)


def test_sandbox_gives_nothing_of_the_graders_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "planted")
    for name in ("work", "home"):
        (tmp_path / name).mkdir()
    bubblewrap.give_to_nobody(tmp_path)
    ran = subprocess.run(
        [*bubblewrap.command(tmp_path, bubblewrap.environment()), "env"], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    names = {line.split("=")[0] for line in ran.stdout.splitlines()}
    assert names == {*bubblewrap.environment(), "PWD"}
