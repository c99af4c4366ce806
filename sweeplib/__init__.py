"""Hyperparameter sweeps: strategies as generators, and one loop that runs them.

The names stand in the order a reader of the book meets them.
"""

from .comparing import compare_pairs, pairs_needed
from .data import load_split, load_trials
from .forest import forest_surface, run_model
from .loop import best, sweep
from .objectives import CrossValidated, Holdout, Lookup
from .racing import best_so_far, race
from .strategies import (
    bayesian_search,
    gradient_descent,
    grid_search,
    random_search,
    sobol_search,
    successive_halving,
)

__all__ = [  # noqa: RUF022 – in the order of the book
    "load_split",
    "load_trials",
    "run_model",
    "forest_surface",
    "Holdout",
    "CrossValidated",
    "Lookup",
    "grid_search",
    "random_search",
    "sobol_search",
    "bayesian_search",
    "gradient_descent",
    "sweep",
    "best",
    "race",
    "best_so_far",
    "compare_pairs",
    "pairs_needed",
    "successive_halving",
]
