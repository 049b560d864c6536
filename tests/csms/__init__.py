"""Tests of the built-in central system."""
