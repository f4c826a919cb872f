# ruff: noqa: I001 (one statement for each module)
from . import certificates as certificates
from .activations import (
    Activation as Activation,
    Array as Array,
    activation as activation,
    activations as activations,
    leaky as leaky,
)
from .boundary import answer_regions as answer_regions, boundary_points as boundary_points
from .datasets import Dataset as Dataset, Loop as Loop, dataset as dataset, datasets as datasets
from .errors import UntangleError as UntangleError
from .layers import (
    Dense as Dense,
    Layer as Layer,
    LayerNorm as LayerNorm,
    Normalize as Normalize,
    PReLU as PReLU,
    Residual as Residual,
    RMSNorm as RMSNorm,
)
from .motion.features import (
    FeatureFit as FeatureFit,
    feature_fit as feature_fit,
    lift as lift,
    lift_by_unit as lift_by_unit,
    squares as squares,
    unit_contributions as unit_contributions,
)
from .motion.moves import (
    Move as Move,
    bend_moves as bend_moves,
    straight_move as straight_move,
    straight_to as straight_to,
    together as together,
    training_move as training_move,
)
from .motion.orientation import oriented as oriented
from .motion.trajectory import (
    CachedTrajectory as CachedTrajectory,
    Trajectory as Trajectory,
    affine_then_bend as affine_then_bend,
    moves_of as moves_of,
)
from .network import Network as Network
from .readers import ReadNetwork as ReadNetwork, read_data as read_data, read_network as read_network
from .training import (
    Recipe as Recipe,
    RecordedTraining as RecordedTraining,
    Run as Run,
    catalogue as catalogue,
    load_recorded as load_recorded,
    load_seed_grid as load_seed_grid,
    trained_recipes as trained_recipes,
)
