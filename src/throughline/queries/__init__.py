"""Every read: rows become facts here, once, in a fixed number of statements."""
