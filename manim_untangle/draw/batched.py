"""Many lines, or many markers, as one mobject each: moved in one numpy call and drawn in one go.

`points` hold the samples themselves (lines) or the centres (markers), not Bézier handles. What Manim does to a
mobject through its points and colours works: shift, scale, rotate, fade, Create, Transform between equals, groups,
copies, z_index. They are drawn by a BatchCamera; for a renderer that knows only cubics there is `as_cubics`.
"""

from manim_untangle.draw.batch import Batch
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines

__all__ = ["Batch", "Dots", "Polylines"]
