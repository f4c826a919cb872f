from manim_untangle.draw import style as style  # the public face takes it from here
