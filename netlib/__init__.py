"""The mathematics of Untangle: networks as transformations of space. Each name is imported when it is first used.

Training needs torch, and some readers need the library of their format; the rest stands on numpy and scipy.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
