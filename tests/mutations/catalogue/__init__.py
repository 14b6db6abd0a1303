"""Every mutant, by the part of the product that it breaks."""

from tests.mutations.catalogue import bronze, gold, lake, macros, maintenance, silver

MUTANTS = (*bronze.MUTANTS, *lake.MUTANTS, *maintenance.MUTANTS, *silver.MUTANTS, *macros.MUTANTS, *gold.MUTANTS)
