"""Mutation check: the product is broken on purpose, one change at a time, and the tests must notice each."""
