"""Benchmarks: our films, the same pictures by other means, and the encoder alone, side by side in one run."""
