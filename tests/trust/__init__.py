"""Numbers that an auditor can trust: earlier runs, explanations and differences, against the reference."""
