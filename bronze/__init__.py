"""Landing to bronze: generate, land, frame records, keep the delivery ledger."""
