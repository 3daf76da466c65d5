"""The installation as a whole: settings, urls, the server process and its administration."""
