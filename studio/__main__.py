"""`python -m studio` is `untangle`."""

from studio.cli import main

main()
