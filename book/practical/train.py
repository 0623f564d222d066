"""Train the week-1 network as a SageMaker training job does in script mode: arguments in, folders in, folders out."""

import argparse
import json
import os
from pathlib import Path

import numpy as np

# Keras is imported once the arguments are read: a misspelled one is told at once, not after seconds of loading.


def read_arguments():
    """Hyperparameters come as arguments, folders as environment variables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--training", type=Path, default=os.environ.get("SM_CHANNEL_TRAINING"))
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--output-data-dir", type=Path, default=os.environ.get("SM_OUTPUT_DATA_DIR"))
    arguments = parser.parse_args()
    for name in ("training", "model_dir", "output_data_dir"):
        if getattr(arguments, name) is None:
            parser.error(f"--{name.replace('_', '-')}: expected a folder, or its SM_ variable in the environment")
    if not (arguments.training / "digits.npz").is_file():
        parser.error(f"--training: expected a folder with digits.npz, got {arguments.training}")
    return arguments


def make_network(learning_rate):
    """The week-1 network, compiled."""
    import keras

    network = keras.Sequential(
        [
            keras.Input((8, 8)),
            keras.layers.Flatten(),
            keras.layers.Dense(300, activation="relu"),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    network.compile(keras.optimizers.SGD(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def print_metrics(epoch, logs):
    """Print one line after each epoch; what watches the job reads numbers out of such lines."""
    print(f"epoch={epoch + 1} " + " ".join(f"{name}={value:.4f}" for name, value in logs.items()), flush=True)


def main():
    """Read, train, write."""
    arguments = read_arguments()
    import keras

    keras.utils.set_random_seed(arguments.seed)
    with np.load(arguments.training / "digits.npz") as data:
        train = data["training_inputs"], data["training_targets"]
        validation = data["validation_inputs"], data["validation_targets"]
    network = make_network(arguments.learning_rate)
    history = network.fit(
        *train,
        batch_size=arguments.batch_size,
        epochs=arguments.epochs,
        validation_data=validation,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=print_metrics)],
    )
    network.save(arguments.model_dir / "network.keras")
    (arguments.output_data_dir / "history.json").write_text(json.dumps(history.history))


if __name__ == "__main__":
    main()
