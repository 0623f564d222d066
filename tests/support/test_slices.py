"""A notebook's slice runs what an answer needs, and leaves out the rest."""

from slices import asked_of_the_student, defines, needed, uses

HELPER = "def helper(x):\n    return scale * x"
CELLS = {
    "import numpy as np\nlimit = 3": True,  # another cell that matters needs it
    "limit = 4": False,
    HELPER: True,
    "scale = np.float64(2)": True,  # the helper needs it
    "history = train(network)": False,
    "print(helper(1))": False,
    "data = load()\nlocal = 1": True,  # the answer reads it
    "figure, axes = plt.subplots()": False,
}
ANSWER = "local = 5\n\ndef answer(x):\n    history = [local]\n    return helper(x) + data + history[0]"


def test_only_what_is_needed_is_run():
    kept = needed([(source, False) for source in CELLS], uses(ANSWER, own=False))
    assert dict(zip(CELLS, kept, strict=True)) == CELLS


def test_a_cell_that_is_always_run_has_what_it_reads():
    cells = [("base = make()", False), ("result = base + 1", False), ("print(result)", True)]
    assert needed(cells, set()) == [True, True, True]
    assert needed([(source, False) for source, _ in cells], set()) == [False, False, False]


def test_what_is_put_into_a_container_is_part_of_it():
    cells = [
        "groups = {}",
        'groups["a"] = run()',
        "groups.b, last = run()",
        'other["a"] = groups',
        "rows = list(groups)",
    ]
    assert needed([(source, False) for source in cells], {"rows"}) == [True, True, True, False, True]


def test_names_read_and_defined():
    assert uses(ANSWER, own=False) == {"helper", "data"}
    assert "local" in uses(ANSWER)
    assert defines("import a.b as c\nfor i in x:\n    y = i\ndef f():\n    z = 1") == {"c", "i", "y", "f"}
    assert asked_of_the_student("def ask(student, inputs):\n    return student.f(inputs.x)") == {"f"}
