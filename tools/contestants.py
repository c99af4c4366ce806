"""The searches that race for the stored trials; four of them are not in sweeplib."""

import numpy as np
import optuna
from skopt.space import Categorical, Integer

from sweeplib import (
    bayesian_search,
    gradient_descent,
    grid_search,
    random_search,
    sobol_search,
)

# The rivals of random search; a grid is made for its budget.
RIVALS = [
    "grid", "shifted grid", "Sobol", "Bayesian", "forest surrogate", "TPE",
    "hill climbing", "gradient descent",
]  # fmt: skip


def contestants(space, budget):
    """Name → strategy with a seed, for a whole budget; grids for it and for 25."""
    side = int(budget**0.5)
    return {
        "random": lambda seed: random_search(space, seed),
        "grid, 25": lambda seed: even_grid(space, 5),
        f"grid, {budget}": lambda seed: even_grid(space, side),
        "shifted grid, 25": lambda seed: even_grid(space, 5, seed),
        f"shifted grid, {budget}": lambda seed: even_grid(space, side, seed),
        "Sobol": lambda seed: sobol_search(space, seed),
        "Bayesian": lambda seed: bayesian_search(space, seed),
        "forest surrogate": lambda seed: bayesian_search(space, seed, surrogate="ET"),
        "TPE": lambda seed: tpe_search(space, seed),
        "hill climbing": lambda seed: hill_climbing(space, seed),
        "gradient descent": lambda seed: gradient_descent(space, seed),
    }


def even_grid(space, k, seed=None):
    """k × k settings: from end to end, or with a seed begun at a random place."""
    starts = None if seed is None else np.random.RandomState(seed).random_sample(len(space))
    grid = {}
    for i, (name, knob) in enumerate(space.items()):
        shares = np.linspace(0, 1, k) if starts is None else (starts[i] + np.arange(k)) / k
        if isinstance(knob, Integer):
            width = knob.high - knob.low + (starts is not None)
            grid[name] = [int(knob.low + share * width) for share in shares]
        else:
            grid[name] = [knob.low * (knob.high / knob.low) ** share for share in shares]
    return grid_search(grid)


def tpe_search(space, seed, **options):
    """Optuna's tree-structured Parzen estimator, with its own settings but for the options."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, **options))
    ranges = {name: distribution(knob) for name, knob in space.items()}
    while True:
        trial = study.ask(ranges)
        (loss,) = yield [dict(trial.params)]
        study.tell(trial, loss)


def distribution(knob):
    """Optuna's word for a skopt dimension."""
    if isinstance(knob, Categorical):
        return optuna.distributions.CategoricalDistribution(list(knob.categories))
    log = knob.prior == "log-uniform"
    if isinstance(knob, Integer):
        return optuna.distributions.IntDistribution(knob.low, knob.high, log=log)
    return optuna.distributions.FloatDistribution(knob.low, knob.high, log=log)


def hill_climbing(space, seed):
    """To the best neighbour while that is lower; else from another random setting."""
    starts = (setting for batch in random_search(space, seed) for setting in batch)
    for here in starts:
        (loss,) = yield [here]
        while True:
            around = list(neighbours(space, here))
            losses = yield around
            if min(losses) >= loss:
                break
            loss, here = min(losses), around[np.argmin(losses)]


def neighbours(space, setting):
    """A twentieth of the range up and down, one knob at a time."""
    for name, knob in space.items():
        for sign in (1, -1):
            if isinstance(knob, Integer):
                value = setting[name] + sign * max(1, (knob.high - knob.low) // 20)
            else:
                value = setting[name] * (knob.high / knob.low) ** (sign / 20)
            if knob.low <= value <= knob.high:
                yield setting | {name: value}
