"""How long activations take, in times of ReLU: on a million numbers, and in an epoch of a 300-100-10 network."""

import time

TOLERANCE = 1.0  # times on a busy machine
ABSOLUTE = 1.0

NAMES = ["leaky_relu", "elu", "selu", "sigmoid", "tanh", "gelu", "silu"]


def rows():
    """One row for each activation but ReLU."""
    return [{"activation": name} for name in NAMES]


def quickest(*functions, repeats=25):
    """The shortest time of each function, in seconds, when they take turns."""
    times = [[] for _ in functions]
    for _ in range(repeats):
        for function, taken in zip(functions, times, strict=True):
            begun = time.perf_counter()
            function()
            taken.append(time.perf_counter() - begun)
    return [min(taken) for taken in times]


def run(activation):
    """Time the activation and ReLU in turns; the quotients of their shortest times."""
    import keras
    import numpy as np
    from nn2.data import load_digits

    numbers = keras.ops.convert_to_tensor(np.random.default_rng(0).normal(size=1_000_000).astype("float32"))
    functions = [keras.activations.get(name) for name in ("relu", activation)]
    relu, other = quickest(*[lambda f=f: np.asarray(f(numbers)) for f in functions])

    inputs, targets = load_digits(0).training
    steps = []
    for name in ("relu", activation):
        model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten()])
        for units in (300, 100):
            model.add(keras.layers.Dense(units, name))
        model.add(keras.layers.Dense(10, "softmax"))
        model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False, steps_per_execution=33)
        steps.append(lambda m=model: m.fit(inputs[:1056], targets[:1056], batch_size=32, verbose=0))
    relu_epoch, other_epoch = quickest(*steps, repeats=12)
    return {"array": other / relu, "epoch": other_epoch / relu_epoch}
