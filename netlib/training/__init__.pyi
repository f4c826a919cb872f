# ruff: noqa: I001 (one statement for each module)
from . import catalogue as catalogue
from .recipe import (
    Recipe as Recipe,
    network_of as network_of,
    parameters_of as parameters_of,
    read_weights as read_weights,
    save_weights as save_weights,
    score as score,
    trained_recipes as trained_recipes,
)
from .recorded import (
    RecordedTraining as RecordedTraining,
    Run as Run,
    load_recorded as load_recorded,
    load_seed_grid as load_seed_grid,
    record_training as record_training,
    train_seeds as train_seeds,
)
from .loop import train as train, train_and_save as train_and_save
