"""Training: recipes, what they made, and the loop that makes it. Each name is imported when it is first used."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
