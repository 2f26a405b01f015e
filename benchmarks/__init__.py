"""How fast the bridge is, and what it costs, beside what else could be written: ``python -m benchmarks``."""
