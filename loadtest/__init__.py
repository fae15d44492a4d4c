"""Load tests and benchmarks: what the figures in the docs were measured with."""
