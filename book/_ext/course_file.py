"""Read course.toml, the one file that says where this course lives, and make the links that follow from it."""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import quote, urlencode

TABLES = {"course": ("title", "id"), "hosting": ("owner", "repository", "branch", "site")}
FORMS = {
    "title": (r".*\S.*", "some text"),
    "id": (r"[a-z0-9]+(-[a-z0-9]+)*", "lower-case letters, digits and single hyphens"),
    "owner": (r"([A-Za-z0-9]+(-[A-Za-z0-9]+)*)?", "a GitHub account's name (letters, digits, hyphens), or nothing"),
    "repository": (r"[A-Za-z0-9._-]*", "a repository's name (letters, digits, '.', '_', '-'), or nothing"),
    "branch": (r"[A-Za-z0-9_][A-Za-z0-9._/-]*", "a branch's name, such as main"),
    "site": (r"(https?://[^\s/?#]+(/[^\s?#]*)?)?", "an address that starts with https://, or nothing"),
}


class CourseFileError(ValueError):
    """course.toml holds something that makes no sense; the message is one sentence for whoever edits it."""


@dataclass(frozen=True)
class Course:
    """What course.toml says.

    Parameters
    ----------
    title, id : str
        The course's name for readers, and for files.
    owner, repository, branch : str
        The public repository on GitHub; ``owner`` and ``repository`` are empty until the course has one.
    site : str
        The website's address, empty until it has one.
    """

    title: str
    id: str
    owner: str = ""
    repository: str = ""
    branch: str = "main"
    site: str = ""

    @property
    def hosted(self) -> bool:
        """Whether there is a public repository to link to."""
        return bool(self.owner and self.repository)

    @property
    def repository_url(self) -> str:
        """The repository's address, or "" while there is none."""
        return f"https://github.com/{self.owner}/{self.repository}" if self.hosted else ""

    def source_url(self, path: str) -> str:
        """Where the file ``path`` (from the repository's root) can be read, or "" while nothing is hosted."""
        return f"{self.repository_url}/blob/{self.branch}/{quote(path)}" if self.hosted else ""

    def colab_url(self, notebook: str) -> str:
        """Where the notebook ``notebook`` (a path from the repository's root) opens in Colab, or ""."""
        source = f"{self.owner}/{self.repository}/blob/{self.branch}/{quote(notebook)}"
        return f"https://colab.research.google.com/github/{source}" if self.hosted else ""

    def issue_url(self, page: str) -> str:
        """Where a mistake on ``page`` (such as ``optimizers/adagrad-rmsprop``) is reported, or ""."""
        if not self.hosted:
            return ""
        return f"{self.repository_url}/issues/new?{urlencode({'title': f'Mistake on the page {page}'})}"


def load_course(path: Path) -> Course:
    """Read and check ``course.toml``.

    Raises
    ------
    CourseFileError
        If the file is missing, is not TOML, or holds an unknown or unfit value; the sentence names file and key.
    """
    name = path.name
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CourseFileError(f"{name}: cannot be read in {path.parent}: {error.strerror or error}.") from None
    except ValueError as error:  # tomllib.TOMLDecodeError and UnicodeDecodeError are both of this kind
        raise CourseFileError(f"{name}: is not TOML: {error}.") from None

    values = {}
    for table, entries in tables.items():
        if table not in TABLES or not isinstance(entries, dict):
            raise CourseFileError(f"{name}: expected the tables [course] and [hosting], got {table!r} as well.")
        for key, value in entries.items():
            if key not in TABLES[table]:
                known = ", ".join(TABLES[table])
                raise CourseFileError(f"{name}: [{table}] has the keys {known}; got {key!r}.")
            form, wanted = FORMS[key]
            if not isinstance(value, str) or not re.fullmatch(form, value):
                raise CourseFileError(f"{name}: {key} in [{table}] must be {wanted}; got {value!r}.")
            values[key] = value
    missing = [field.name for field in fields(Course) if field.name in TABLES["course"] and field.name not in values]
    if missing:
        raise CourseFileError(f"{name}: {missing[0]} in [course] is missing.")
    course = Course(**values)
    if bool(course.owner) != bool(course.repository):
        filled, empty = ("owner", "repository") if course.owner else ("repository", "owner")
        raise CourseFileError(f"{name}: [hosting] names the {filled} but not the {empty}; fill in both or neither.")
    return course
