# ruff: noqa: I001 (one statement for each module)
from .annulus import (
    Annulus as Annulus,
    WrongArcs as WrongArcs,
    annulus as annulus,
    has_annulus as has_annulus,
    wrong_arcs as wrong_arcs,
)
from .betti import Betti as Betti, betti as betti, betti_numbers as betti_numbers
from .certificate import Certificate as Certificate
from .claims import (
    a_hyperplane_separates as a_hyperplane_separates,
    a_line_separates as a_line_separates,
    a_plane_separates_loops as a_plane_separates_loops,
    all_enclose as all_enclose,
    all_leak as all_leak,
    all_points_right as all_points_right,
    areas_collapse as areas_collapse,
    areas_survive as areas_survive,
    better_than_baselines as better_than_baselines,
    better_than_linear as better_than_linear,
    better_than_the_mean as better_than_the_mean,
    circle_surrounds_centre as circle_surrounds_centre,
    disk_enclosed as disk_enclosed,
    every_circle_has_a_wrong_point as every_circle_has_a_wrong_point,
    follows_the_curve as follows_the_curve,
    gap as gap,
    gap_widens as gap_widens,
    hyperplane_name as hyperplane_name,
    layers_are_homeomorphisms as layers_are_homeomorphisms,
    leaves_the_parabola as leaves_the_parabola,
    loops_stay_apart as loops_stay_apart,
    middle_stays_between as middle_stays_between,
    no_line_separates as no_line_separates,
    no_network_is_right as no_network_is_right,
    nothing_folds as nothing_folds,
    one_answer_everywhere as one_answer_everywhere,
    ring_still_wound as ring_still_wound,
    ring_surrounds_disk as ring_surrounds_disk,
    rings_stay_linked as rings_stay_linked,
    some_points_wrong as some_points_wrong,
    three_witnesses as three_witnesses,
    tunnel_exists as tunnel_exists,
)
from .directions import (
    discriminant as discriminant,
    eigen_directions as eigen_directions,
    eigen_lines_only_stretch as eigen_lines_only_stretch,
    every_direction_turns as every_direction_turns,
    SWAP as SWAP,
    renumbered as renumbered,
    renumbering_changes_nothing as renumbering_changes_nothing,
)
from .folds import Folds as Folds, folds as folds, squeezed_share as squeezed_share
from .injectivity import Injectivity as Injectivity, injectivity as injectivity
from .intervals import Region as Region
from .linking import (
    Linking as Linking,
    linking_number as linking_number,
    linkings as linkings,
    shadow_linkings as shadow_linkings,
)
from .paths import Narrowest as Narrowest
from .report import Row as Row, report as report
from .sentences import (
    all_hold as all_hold,
    arrows_become_columns as arrows_become_columns,
    below_zero_together as below_zero_together,
    best_line_is_not_enough as best_line_is_not_enough,
    creases_on_a_line as creases_on_a_line,
    cuts_in_a_line as cuts_in_a_line,
    every_point_gets as every_point_gets,
    close_on_a_cut as close_on_a_cut,
    one_number_falls as one_number_falls,
    follows_more_than_the_class as follows_more_than_the_class,
    is_bent as is_bent,
    line_gap as line_gap,
    loss_falls as loss_falls,
    loss_pulls_to_own_side as loss_pulls_to_own_side,
    order_is_kept as order_is_kept,
    points_meet as points_meet,
    pulls as pulls,
    sides_of_boundary as sides_of_boundary,
    sigmoid_is_half_of_tanh as sigmoid_is_half_of_tanh,
    step_fit as step_fit,
    training_widens_gap as training_widens_gap,
    turns_without_mirror as turns_without_mirror,
)
from .separation import (
    BestLine as BestLine,
    Separability as Separability,
    Witnesses as Witnesses,
    best_line as best_line,
    separability as separability,
    witnesses as witnesses,
)
from .tunnel import Tunnel as Tunnel, tunnel as tunnel
from .winding import Winding as Winding, winding_number as winding_number, windings as windings
