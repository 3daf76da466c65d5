"""Throughline: the system of record and control room of an ML program manager."""
