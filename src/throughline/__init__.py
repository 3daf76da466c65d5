"""Throughline: the system of record and control room of an ML program manager."""

__version__ = "0.1.0"
