"""The surface that answers clients of the OCPPLAB Gateway API: paths and JSON shapes, nothing else."""
