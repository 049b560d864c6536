"""The simulator's own surface, under /v1: what the command line and the web page use."""
