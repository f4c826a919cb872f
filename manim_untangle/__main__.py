"""`python -m studio` is `untangle`."""

from manim_untangle.cli.app import main

main()
