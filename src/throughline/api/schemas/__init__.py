"""The shapes that go over the wire, a file for each noun."""
