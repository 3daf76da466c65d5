"""Systems that evidence is read from, one file or folder each."""
