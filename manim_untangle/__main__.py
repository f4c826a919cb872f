"""`python -m manim_untangle` is `untangle`."""

from manim_untangle.cli.app import main

main()
