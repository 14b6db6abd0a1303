"""Random histories of deliveries: what is drawn, how it is replayed by the product and the reference, and compared."""
