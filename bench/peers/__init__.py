"""The same work written for other engines, as a good engineer would who owes nobody an audit.

Each peer reads the same CSV files, refuses the same rows, keeps the same winner of each record_id and makes silver and
the two daily tables. The deliveries of the bench give every record a record_id, so peers need no other identity. None
keeps bronze, a ledger, refused rows with reasons, accounts or tests.
"""
