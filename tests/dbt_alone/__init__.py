"""What people do with dbt, and by hand, between two runs; drawn from a seed, applied to a lake."""
