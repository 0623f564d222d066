"""The two ways in which the grader says no: somebody called it wrongly, or somebody wrote an assignment wrongly."""


class CourseError(Exception):
    """A sentence for the person at the terminal; the command ends with exit code 2 and has written nothing."""


class AuthoringError(CourseError):
    """A mistake in ``solutions/``: the sentence names the file and, where there is one, the line."""
