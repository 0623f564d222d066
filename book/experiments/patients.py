"""The week-1 network healthy and with four ailments, three seeds each: what the instrument panel shows of them."""

import numpy as np
from nn2.data import Examples, load_digits
from nn2.instruments import instrument_panel
from nn2.networks import BATCH_SIZE, week1_network

TOLERANCE = 0.1
ABSOLUTE = 0.02

EPOCHS = 12
SEEDS = range(3)
RATES = {"healthy": 0.1, "A": 0.001, "B": 1.0, "C": 0.01, "D": 0.003}


def rows():
    """Each patient from each seed."""
    return [{"patient": patient, "seed": seed} for patient in RATES for seed in SEEDS]


def run(*, patient, seed):
    """Train under the panel; its readings, to four digits."""
    import keras

    digits = load_digits(seed)
    training, validation, batch_size = digits.training, digits.validation, BATCH_SIZE
    if patient == "C":  # pixels from 0 to 255, as they come from a file
        training, validation = (part._replace(inputs=255 * part.inputs) for part in (training, validation))
    if patient == "D":  # 200 examples, one label in five drawn anew
        rng, batch_size = np.random.default_rng(seed), 8
        targets = training.targets[:200].copy()
        wrong = rng.random(200) < 0.2
        targets[wrong] = rng.integers(10, size=wrong.sum())
        training = Examples(training.inputs[:200], targets)

    model, panel = week1_network(seed=seed), instrument_panel(training, validation)
    make = keras.optimizers.Adam if patient == "D" else keras.optimizers.SGD
    model.compile(optimizer=make(RATES[patient]), loss=model.loss, jit_compile=False)
    keras.utils.set_random_seed(seed)  # fit shuffles by it
    model.fit(*training, batch_size=batch_size, epochs=EPOCHS, verbose=0, callbacks=[panel])

    def rounded(numbers):
        return [float(f"{number:.4g}") if np.isscalar(number) else rounded(number) for number in numbers]

    names = ("training_loss", "validation_loss", "gradient_norms", "update_ratios", "dead_shares")
    return {name: rounded(getattr(panel.readings, name)) for name in names}
