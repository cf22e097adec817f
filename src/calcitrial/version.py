"""The version of the program, which travels with every submission, cut and measurement."""

__version__ = "0.1.0"
