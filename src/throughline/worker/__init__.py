"""The worker: the door of the clock."""
