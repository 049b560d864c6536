"""Tests of the transport against servers made by others and against servers that misbehave."""
