"""An independent reference of the whole pipeline, in plain Python, written from the contract alone.

It shares no code with the product and prefers the obvious to the fast: tests compare the two, row for row.
`history` is the lake's ledger and bronze, `silver` and `gold` compute the tables from it, always whole.
"""
