"""Gradient descent on the whole training set, and how sharp the loss is where it walks: the edge of stability."""

import numpy as np
import tensorflow as tf
from nn2.data import load_digits
from nn2.networks import week1_network

TOLERANCE = 0.15
ABSOLUTE = 0.02
STEPS = 300
EVERY = 6
RATES = (0.1, 0.2, 0.4, 0.8)
SEEDS = (0, 1, 2)


def rows() -> list[dict]:
    """A row for each learning rate and seed."""
    return [{"rate": rate, "seed": seed} for rate in RATES for seed in SEEDS]


def run(rate: float, seed: int) -> dict:
    """Walk `STEPS` steps; at every `EVERY`-th measure the largest curvature by power iteration."""
    network, digits = week1_network(seed=seed), load_digits(seed).training
    inputs, targets = tf.constant(digits.inputs), tf.constant(digits.targets)
    weights = [variable.value for variable in network.trainable_variables]

    def loss_now():
        losses = tf.keras.losses.sparse_categorical_crossentropy(targets, network(inputs))
        return tf.reduce_mean(losses)

    @tf.function
    def descend():
        with tf.GradientTape() as tape:
            loss = loss_now()
        for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
            weight.assign_sub(rate * gradient)
        return loss

    @tf.function
    def curvature(direction, iterations):
        size = tf.constant(0.0)
        for _ in tf.range(iterations):
            with tf.GradientTape() as outer:
                with tf.GradientTape() as inner:
                    loss = loss_now()
                slope = inner.gradient(loss, weights)
                along = tf.add_n([tf.reduce_sum(g * d) for g, d in zip(slope, direction, strict=True)])
            product = outer.gradient(along, weights)
            size = tf.linalg.global_norm(product)
            direction = [part / size for part in product]
        return size, direction

    rng = np.random.default_rng(seed)
    direction = [tf.constant(rng.normal(size=w.shape), dtype="float32") for w in weights]
    direction, _ = tf.clip_by_global_norm(direction, 1.0)
    losses, sharpness = [], []
    for step in range(STEPS + 1):
        if step % EVERY == 0:
            size, direction = curvature(direction, tf.constant(40 if step == 0 else 8))
            sharpness.append(float(size))
            losses.append(float(loss_now()))
        descend()
    return {"loss": np.round(losses, 4), "sharpness": np.round(sharpness, 3)}
