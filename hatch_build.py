"""Two steps of building a distribution: what its page on a package index says, and the films in a wheel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

IMAGE = re.compile(r"^!\[[^\]]*\]\((?!https?:)[^)]*\)\n+", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")


class Description(MetadataHookInterface):
    """Take the README as the description, without links into the repository: on another site they lead nowhere."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the description."""
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = LINK.sub(r"\1", IMAGE.sub("", readme))
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


class Films(BuildHookInterface[Any]):
    """Put scenes/ into manim_untangle/scenes of a wheel, but not of an editable install.

    There it would make a folder manim_untangle in site-packages, which Python would import instead of the package.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add to the files of a wheel; the version is "standard" or "editable"."""
        if version != "editable":
            build_data["force_include"]["scenes"] = "manim_untangle/scenes"
