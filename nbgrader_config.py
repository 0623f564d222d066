"""nbgrader reads this file when it is run in this folder; what it says stands in autograder/nbgrader_config.py."""

from pathlib import Path

from autograder.nbgrader_config import course_config

c = get_config()  # noqa: F821 - nbgrader defines it
c.merge(course_config(Path(__file__).parent.resolve()))
