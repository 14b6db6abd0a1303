"""The report and the site, opened in a real browser."""
