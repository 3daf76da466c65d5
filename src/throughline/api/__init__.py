"""The HTTP interface: the door for programs."""
