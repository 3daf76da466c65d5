"""Every read: rows become facts here, once."""
