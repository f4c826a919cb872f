"""Topology of a network: what can be proved or measured about the way it moves space, with resolution and caveat."""
