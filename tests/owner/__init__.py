"""The endpoint of the owner, on a lake of its own: a Spark session shows one lake at a time."""
