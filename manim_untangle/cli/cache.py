"""`untangle cache`: what is kept between renders."""

from __future__ import annotations

from manim_untangle.render.cache import Cache, cache_folder


def cache_summary(*, clear: bool = False) -> str:
    """Return a line on the size and place of the cache. clear: empty the cache too."""
    cache = Cache(cache_folder())
    count, size = cache.size()
    held = f"{count} segment{'' if count == 1 else 's'}, {size / 1e6:.1f} MB"
    if clear:
        cache.clear()
        return f"cleared {cache.folder}: {held}"
    return f"{cache.folder}: {held} of at most {cache.limit / 1e6:.0f} MB (UNTANGLE_CACHE_MB)"
