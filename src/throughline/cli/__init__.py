"""The remote control at the terminal, over HTTP."""
