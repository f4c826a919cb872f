"""Many lines, or many markers, as one mobject each: moved in one numpy call and drawn in one go, in any scene.

`points` hold the samples themselves (lines) or the centres (markers), not Bézier handles. What Manim does to a
mobject through its points and colours works: shift, scale, rotate, apply_function, fade, Create, Transform between
equals, groups, copies, z_index, every camera. What needs Bézier handles stops with an error that names `as_cubics`,
which returns the same picture as ordinary mobjects. The OpenGL renderer cannot draw batches; making one says so.
"""

from manim_untangle.draw.batch import Batch
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines

__all__ = ["Batch", "Dots", "Polylines"]
