"""The BI endpoint, through real clients."""
