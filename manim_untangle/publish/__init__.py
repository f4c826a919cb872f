"""From a rendered film to what embedding needs: files, captions, a page, snippets, a site. Never imports manim."""
