"""What the probes of 2-optimizers say of results that are none: a sentence with what came and what was expected."""

import pytest

# body of the answer, what the first probe says, what the one about the arguments says
ODD = {
    "nothing": ("return None", "got a single NoneType.", "came back as nothing (None)"),
    "a number": ("return 0.5", "got a single float.", "came back in shape ()"),
    "one array": ("return weights", "got one array of shape (3, 4).", "came back in shape (4,)"),
    "three": ("return weights, accumulator, gradient", "(weights, accumulator), got 3.", ""),
    "a text": ("return 'ab'", "got a single str.", "a value of type str"),
    "a generator": ("return (each for each in (weights, accumulator))", "got a single generator.", ""),
    "by name": ("return {'weights': weights, 'accumulator': accumulator}", "got a single dict.", "of type str"),
    "numbers": ("return 1.0, 2.0", "`weights after step 1` came back in shape (), where shape (3, 4)", "in shape ()"),
    "sums": ("return weights.sum(), accumulator", "came back in shape (), where shape (3, 4) was", "in shape ()"),
    "text in arrays": (
        "return weights.astype(str), accumulator",
        "`weights after step 1` came back as an array of str",
        "",
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_result_is_named(optimizers, case):
    body, first, arguments = ODD[case]
    cell = f"def adagrad_step(weights, accumulator, gradient, *, learning_rate, epsilon=1e-6):\n    {body}"
    result = optimizers.judge(
        "adagrad_step", optimizers.ask(optimizers.namespace("adagrad_step", cell), "adagrad_step", 0), 0
    )
    assert result.points == 0
    told = {each.probe: each.sentence for each in result.verdicts}
    assert first in told["six-steps"]
    assert arguments in told["arguments"]
    for probe, sentence in told.items():
        assert "\n" not in sentence
        assert "unsized" not in sentence and "unpack" not in sentence, f"{probe}: {sentence}"
