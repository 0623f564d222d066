"""What was handed in: every broken file is one sentence that names it, and the digest sees every byte."""

import json
import os
import warnings

import nbformat
import pytest

from autograder.assignment import load_assignment
from autograder.workflow import intake


@pytest.fixture(scope="module")
def assignment(built_course):
    return load_assignment(built_course / "solutions" / "1-numbers")


@pytest.fixture
def released(built_course):
    """The released notebook's text."""
    return (built_course / "assignments" / "1-numbers" / "numbers.ipynb").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "submitted" / "ada" / "1-numbers"
    folder.mkdir(parents=True)
    return folder


def examine(assignment, folder):
    before = sorted(folder.rglob("*"))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        submission = intake.examine(assignment, folder)
    assert warned == []  # they would stand between the lines that an instructor reads
    assert sorted(folder.rglob("*")) == before
    return submission


def problem(assignment, folder):
    submission = examine(assignment, folder)
    assert submission.notebooks == ()
    (sentence,) = submission.problems.values()
    assert sentence.startswith("numbers.ipynb ")
    assert "\n" not in sentence
    return sentence


def test_a_notebook_that_was_handed_in_can_be_graded(assignment, folder, released):
    (folder / "numbers.ipynb").write_text(released, encoding="utf-8")
    submission = examine(assignment, folder)
    assert (submission.student, submission.folder) == ("ada", folder)
    assert (submission.notebooks, submission.problems) == (("numbers",), {})


def test_a_byte_order_mark_is_fine(assignment, folder, released):
    (folder / "numbers.ipynb").write_text(released, encoding="utf-8-sig")
    assert examine(assignment, folder).problems == {}


def test_a_notebook_of_another_edition_is_refused_with_both_editions_named(assignment, folder, released):
    document = json.loads(released)
    document["metadata"]["assignment"]["edition"] = "0123456789ab\n"
    (folder / "numbers.ipynb").write_text(json.dumps(document), encoding="utf-8")
    told = problem(assignment, folder)
    assert "was made from another edition of the assignment ('0123456789ab';" in told
    assert f"the current one is {assignment.notebooks[0].edition})" in told
    assert "the answers have to be moved into the current notebook" in told


@pytest.mark.parametrize("stamp", [None, 3, {}, {"edition": None}, {"name": "x"}, []])
def test_a_stamp_that_an_editor_dropped_or_spoiled_is_taken_for_this_edition(assignment, folder, released, stamp):
    document = json.loads(released)
    document["metadata"]["assignment"] = stamp
    if stamp is None:
        del document["metadata"]["assignment"]
    (folder / "numbers.ipynb").write_text(json.dumps(document), encoding="utf-8")
    assert examine(assignment, folder).problems == {}


def changed(released, change):
    document = json.loads(released)
    change(document)
    return json.dumps(document)


def older(document):
    """The same notebook as an older Jupyter would have saved it: without cell ids."""
    document["nbformat_minor"] = 4
    for cell in document["cells"]:
        del cell["id"]


def oldest(document):
    """The same notebook in the format of IPython 2, as nbformat itself writes it."""
    old = json.loads(nbformat.writes(nbformat.reads(json.dumps(document), as_version=4), version=3))
    document.clear()
    document.update(old)


@pytest.mark.parametrize("change", [older, oldest])
def test_an_older_format_is_fine_where_the_marks_are_still_there(assignment, folder, released, change):
    (folder / "numbers.ipynb").write_text(changed(released, change), encoding="utf-8")
    assert examine(assignment, folder).problems == {}


def without_marks(document):
    for cell in document["cells"]:
        cell["metadata"].pop("nbgrader", None)


def odd_marks(document):
    for cell, grade_id in zip(document["cells"], [["scale"], {"a": 1}, None, 3, "other", "x", "y", "z"], strict=False):
        cell["metadata"]["nbgrader"] = {"grade_id": grade_id}


def marks_of_another_kind(document):
    for cell in document["cells"]:
        cell["metadata"]["nbgrader"] = ["scale"]


BROKEN = {
    "empty": (lambda text: b"", "is empty"),
    "cut off": (lambda text: text.encode()[: len(text) // 2], "it is no JSON (line "),
    "a JSON list": (lambda text: b"[1, 2]", "is JSON, but has no nbformat"),
    "no nbformat": (lambda text: b'{"cells": []}', "is JSON, but has no nbformat"),
    "an unknown nbformat": (lambda text: b'{"nbformat": 99, "cells": []}', "is not a notebook that Jupyter can open"),
    "nbformat a text": (lambda text: b'{"nbformat": "four", "cells": []}', "is not a notebook that Jupyter can open"),
    "nbformat 3, no marks": (
        lambda text: b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}',
        "has none of this assignment's cells",
    ),
    "no cells": (lambda text: b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "is not a notebook that"),
    "cells a number": (lambda text: b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "is not a"),
    "not UTF-8": (lambda text: text.encode("utf-16"), "is not text in UTF-8"),
    "binary": (lambda text: b"\x89PNG\r\n\x1a\n\xff", "is not text in UTF-8"),
    "nested too deeply": (lambda text: b"[" * 100_000, "it is no JSON"),
    "an endless number": (lambda text: b'{"nbformat": ' + b"9" * 10_000 + b"}", "it is no JSON"),
    "a merge conflict": (
        lambda text: text.replace('"cells"', '\n<<<<<<< HEAD\n"cells"', 1).encode(),
        "holds the marks of a merge conflict",
    ),
    "another assignment's": (lambda text: changed(text, without_marks).encode(), "has none of this assignment's cells"),
    "marks with odd names": (lambda text: changed(text, odd_marks).encode(), "has none of this assignment's cells"),
    "marks of another kind": (lambda text: changed(text, marks_of_another_kind).encode(), "has none of this"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_one_sentence_that_names_it(case, assignment, folder, released):
    spoil, sentence = BROKEN[case]
    (folder / "numbers.ipynb").write_bytes(spoil(released))
    assert sentence in problem(assignment, folder)


def test_a_merge_conflict_inside_a_string_is_the_students_own_text(assignment, folder, released):
    told = changed(released, lambda document: document["cells"][0].update(source="<<<<<<< HEAD\n>>>>>>> other\n"))
    (folder / "numbers.ipynb").write_text(told, encoding="utf-8")
    assert examine(assignment, folder).problems == {}


def test_a_link_is_no_hand_in(assignment, folder, released, tmp_path):
    (tmp_path / "elsewhere.ipynb").write_text(released, encoding="utf-8")
    (folder / "numbers.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    assert problem(assignment, folder) == "numbers.ipynb is no regular file"


def test_a_link_to_nowhere_is_no_hand_in(assignment, folder, tmp_path):
    (folder / "numbers.ipynb").symlink_to(tmp_path / "nowhere.ipynb")
    assert problem(assignment, folder) == "numbers.ipynb is no regular file"


def test_a_folder_called_like_a_notebook_is_none(assignment, folder):
    (folder / "numbers.ipynb").mkdir()
    assert problem(assignment, folder) == "numbers.ipynb is no regular file"


def test_a_pipe_is_not_waited_for(assignment, folder):
    os.mkfifo(folder / "numbers.ipynb")
    assert problem(assignment, folder) == "numbers.ipynb is no regular file"


def test_a_huge_file_is_refused_before_it_is_read(assignment, folder, released, monkeypatch):
    (folder / "numbers.ipynb").write_text(released, encoding="utf-8")
    size = (folder / "numbers.ipynb").stat().st_size
    monkeypatch.setattr(intake, "LARGEST_BYTES", size)
    assert examine(assignment, folder).problems == {}
    monkeypatch.setattr(intake, "LARGEST_BYTES", size - 1)
    assert "is larger than 0 MB; clear its outputs" in problem(assignment, folder)


def test_a_renamed_file_is_named_beside_the_one_that_is_missing(assignment, folder, released):
    (folder / "numbers (1)\u202e.ipynb").write_text(released, encoding="utf-8")
    assert problem(assignment, folder) == "numbers.ipynb was not handed in; found numbers (1).ipynb"


def test_nothing_in_the_folder(assignment, folder):
    assert problem(assignment, folder) == "numbers.ipynb was not handed in"


def test_a_class_is_collected_in_order_and_other_assignments_are_left_alone(assignment, tmp_path, released):
    submitted = tmp_path / "submitted"
    for place in ("zoe/1-numbers", "ada/1-numbers", "ada/2-letters", "bela/2-letters"):
        (submitted / place).mkdir(parents=True)
        (submitted / place / "numbers.ipynb").write_text(released, encoding="utf-8")
    (submitted / "carl").mkdir()
    (submitted / "carl" / "1-numbers").write_text("a file", encoding="utf-8")
    assert [submission.student for submission in intake.collect(assignment, submitted)] == ["ada", "zoe"]
    assert intake.collect(assignment, tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("name", "shown", "told"),
    [
        (b"ada [1]", "ada [1]", "'ada [1]'"),
        (b"a*", "a*", "'a*'"),
        (b" ada", "ada", "' ada'"),
        (b"a\xff\nb", "a b", r"'a\udcff\nb'"),
        ("a\u202eb".encode(), "ab", r"'a\u202eb'"),
    ],
)
def test_a_folder_that_cannot_be_a_students_is_one_sentence(assignment, tmp_path, released, name, shown, told):
    folder = tmp_path / os.fsdecode(name) / "1-numbers"
    folder.mkdir(parents=True)
    (folder / "numbers.ipynb").write_text(released, encoding="utf-8")
    submission = examine(assignment, folder)
    assert (submission.student, submission.notebooks) == (shown, ())
    (sentence,) = submission.problems.values()
    assert sentence.startswith(f"the folder's name {told} cannot be a student's name: ")
    assert sentence.encode()


@pytest.fixture
def handed_in(folder):
    (folder / "data").mkdir()
    (folder / "numbers.ipynb").write_bytes(b"abc")
    (folder / "data" / "table.csv").write_bytes(b"1,2")
    return folder


def test_the_digest_changes_with_every_byte_and_name(handed_in):
    notebook, table = handed_in / "numbers.ipynb", handed_in / "data" / "table.csv"
    digests = [intake.digest_of(handed_in)]

    def note():
        digests.append(intake.digest_of(handed_in))

    notebook.write_bytes(b"abd")
    note()
    table.write_bytes(b"1,3")
    note()
    table.rename(handed_in / "data" / "tables.csv")
    note()
    (handed_in / "more").write_bytes(b"")
    note()
    (handed_in / "more").rename(handed_in / "data" / "more")
    note()
    (handed_in / "empty").mkdir()
    note()
    assert len(set(digests)) == len(digests)


def test_the_digest_cannot_be_fooled_by_moving_the_border_between_name_and_content(tmp_path):
    for number, (name, content) in enumerate([("ab", b"c"), ("a", b"bc")]):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / name).write_bytes(content)
    assert intake.digest_of(tmp_path / "0") != intake.digest_of(tmp_path / "1")


def test_the_digest_is_the_same_for_the_same_hand_in(handed_in, tmp_path):
    before = intake.digest_of(handed_in)
    os.utime(handed_in / "numbers.ipynb", (1, 1))
    assert intake.digest_of(handed_in.rename(tmp_path / "elsewhere")) == before


def test_the_digest_follows_no_link_and_waits_for_no_pipe(handed_in, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"1")
    (handed_in / "link").symlink_to(outside)
    (handed_in / "file-link").symlink_to(outside / "secret")
    os.mkfifo(handed_in / "pipe")
    before = intake.digest_of(handed_in)
    (outside / "secret").write_bytes(b"2")
    (outside / "more").write_bytes(b"3")
    assert intake.digest_of(handed_in) == before


def test_a_name_that_is_no_text_is_digested(handed_in):
    before = intake.digest_of(handed_in)
    with open(os.fsencode(handed_in) + b"/\xff\xfe", "wb"):
        pass
    assert intake.digest_of(handed_in) != before
