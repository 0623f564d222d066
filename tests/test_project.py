"""The house rules, as checks over the project's own files; each check is also shown something that it must refuse."""

import fnmatch
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TARGETS = """help course test test-all book assignments serve lint nbval clean system lock bench
    permit-namespaces audit-workflows"""

# A letter in brackets keeps each pattern from matching itself. Homes, a workspace, and package registries' hosts.
PRIVATE = [
    r"(?<![\w.:-])/(?:hom[e]|User[s])/[\w.-]+/",
    r"(?<![\w.:-])/(?:roo[t]|wor[k])/",
    r"pypi\.or[g]|pythonhoste[d]|registry\.npmj[s]|deb\.debia[n]",
]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def project():
    return tomllib.loads(read("pyproject.toml"))


# --- The files that are the project's: everything here but what .gitignore names ---


def is_ignored(path, is_folder, patterns):
    """Whether .gitignore's patterns (names, `*`, a leading and a trailing slash) name this path; no `!`, no `**`."""
    for pattern in patterns:
        if pattern.endswith("/") and not is_folder:
            continue
        bare = pattern.strip("/")
        subject = path if "/" in pattern.rstrip("/") else path.rsplit("/", 1)[-1]
        if subject.count("/") == bare.count("/") and fnmatch.fnmatchcase(subject, bare):
            return True
    return False


def project_files(root):
    """Paths of all files under ``root`` that are not ignored, as git would list them, without needing git."""
    lines = (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    patterns = [".git/", ".git", *(line for line in lines if line and not line.startswith("#"))]
    found = []
    for folder, folders, names in os.walk(root):
        here = "" if Path(folder) == root else Path(folder).relative_to(root).as_posix() + "/"
        folders[:] = [name for name in folders if not is_ignored(here + name, True, patterns)]
        found += [here + name for name in names if not is_ignored(here + name, False, patterns)]
    return sorted(found)


def texts(root):
    """Path and text of every project file that is text."""
    for path in project_files(root):
        data = (root / path).read_bytes()
        if b"\0" not in data:
            yield path, data.decode("utf-8")


def private_names(path, text):
    """Where a text names a home folder, a workspace or a package registry."""
    return [
        f"{path}:{number}: {match[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern in PRIVATE
        for match in re.finditer(pattern, line)
    ]


def test_no_file_names_a_home_a_workspace_or_a_registry():
    assert [fault for path, text in texts(ROOT) for fault in private_names(path, text)] == []


@pytest.mark.parametrize(
    "parts",
    [
        ["see ", "/home", "/ada/course"],
        ["/Users", "/ada/x"],
        ["'/ro", "ot/.venv/bin'"],
        ["cd /wo", "rk/main"],
        ["https://py", "pi.org/simple"],
        ["https://files.python", "hosted.org"],
        ["https://registry.npm", "js.org/x"],
        ["http://deb.deb", "ian.org"],
    ],
)
def test_a_private_name_is_found(parts):
    assert len(private_names("x", "first line\n" + "".join(parts))) == 1


@pytest.mark.parametrize(
    "text", ["book/homework/2-optimizers/", "homework/work/x", "https://example.org/work/x", "/homes"]
)
def test_an_innocent_name_is_not(text):
    assert private_names("x", text) == []


def test_project_files_are_gits(tmp_path):
    """On a tree with every kind of pattern in .gitignore, the walk lists what git lists."""
    (tmp_path / ".gitignore").write_text(read(".gitignore"))
    for name in (
        "a.py",
        "book/homework/2-optimizers.md",
        "book/homework/2-optimizers/from-scratch.ipynb",
        "book/_build/kept.md",
        "_build/html/index.html",
        "deep/.venv/bin/python",
        "deep/er/__pycache__/a.pyc",
        "x.egg-info/PKG-INFO",
        "classroom/gradebook.db",
        "autograder/classroom/kept.py",
        ".nbgrader.log",
        ".github/workflows/ci.yml",
        "node_modules/a/index.js",
        "tests/node_modules",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    listed = {
        ".gitignore",
        "a.py",
        "book/homework/2-optimizers.md",
        "book/_build/kept.md",
        "autograder/classroom/kept.py",
        ".github/workflows/ci.yml",
        "tests/node_modules",
    }
    assert set(project_files(tmp_path)) == listed


def opening_faults(path, text):
    """A source file whose first line (after `#!`) does not say what it is for."""
    lines = [line for line in text.splitlines() if not line.startswith("#!")][:1] or [""]
    opening = {".py": ('"""', "# ---"), ".sh": ("# ",)}.get(Path(path).suffix, ("// ", "/* ", "/** "))
    return [] if lines[0].startswith(opening) else [f"{path} opens with {lines[0]!r}"]


def test_every_source_file_opens_with_what_it_is_for():
    rooms = ("autograder/", "benchmarks/", "book/_ext/", "book/nn2/", "tests/", "tools/")
    kinds = (".py", ".sh", ".mjs", ".js")
    sources = [path for path in project_files(ROOT) if path.startswith(rooms) and path.endswith(kinds)]
    assert sources
    assert [fault for path in sources for fault in opening_faults(path, read(path))] == []


def test_a_file_that_does_not_say_what_it_is_for_is_found():
    assert opening_faults("a.py", "import os\n") != []
    assert opening_faults("a.py", "") != []
    assert opening_faults("a.sh", "#!/bin/sh\nset -u\n") != []
    assert opening_faults("a.mjs", "import x from 'y'\n") != []
    assert opening_faults("a.sh", "#!/bin/sh\n# Say hello.\n") == []


# --- Licences, citation, README, Makefile ---


def citation_faults(citation, table):
    """Where CITATION.cff is not a citation of this project at this version."""
    faults = [key for key in ("cff-version", "message", "title", "authors", "type") if not citation.get(key)]
    for key in ("version", "license"):
        if citation.get(key) != table[key]:
            faults.append(f"{key} is {citation.get(key)}, pyproject.toml says {table[key]}")
    return faults


def test_the_citation_is_of_this_version():
    assert citation_faults(yaml.safe_load(read("CITATION.cff")), project()["project"]) == []


def test_a_stale_citation_is_found():
    table = {"version": "0.2.0", "license": "BSD-3-Clause"}
    good = {
        "cff-version": "1.2.0",
        "message": "m",
        "title": "t",
        "authors": [{"name": "a"}],
        "type": "software",
        **table,
    }
    assert citation_faults(good, table) == []
    assert citation_faults({**good, "version": "0.1.0"}, table) != []
    assert citation_faults({**good, "authors": []}, table) != []


def test_both_licences_are_whole():
    code, content = read("LICENSE"), read("LICENSE-CONTENT")
    assert code.startswith("BSD 3-Clause License\n\nCopyright (c) 2026, The Training Deep Networks authors\n")
    assert code.rstrip().endswith("IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.")
    assert content.startswith("Attribution 4.0 International\n")
    assert re.findall(r"^Section (\d) -- ", content, flags=re.MULTILINE) == list("12345678")
    assert content.rstrip().endswith("Creative Commons may be contacted at creativecommons.org.")
    assert set(project()["project"]["license-files"]) == {"LICENSE", "LICENSE-CONTENT"}


def test_the_readmes_are_short():
    assert len(read("README.md").splitlines()) < 120
    assert len(read("assignments/README.md").splitlines()) < 60


def help_targets(printed):
    """The targets in what `make help` prints: the first word of each line that has a description beside it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    return re.findall(r"^\s*(?:make )?([a-z][\w-]*) {2,}\S", plain, flags=re.MULTILINE)


def make(*arguments):
    outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")  # of the `make test` that runs these tests
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_make_alone_prints_every_target():
    done = make()
    assert done.returncode == 0, done.stderr
    assert done.stdout == make("help").stdout
    assert set(TARGETS.split()) <= set(help_targets(done.stdout))


def test_every_target_that_help_prints_exists():
    database = make("--question", "--print-data-base", "help").stdout
    defined = set(re.findall(r"^([a-z][\w-]*):", database, flags=re.MULTILINE))
    printed = help_targets(make("help").stdout)
    assert printed and set(printed) <= defined


def test_help_is_read():
    printed = "Usage: make TARGET\n\n  \x1b[1mbook\x1b[0m   build the website\nmake test-all  everything\n"
    assert help_targets(printed) == ["book", "test-all"]
