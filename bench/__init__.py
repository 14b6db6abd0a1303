"""Measures what the lake's work costs, beside the same work done by others: see docs/performance.md."""
