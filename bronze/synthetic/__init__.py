"""Synthetic deliveries: what `lake generate` writes."""
