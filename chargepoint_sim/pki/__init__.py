"""Certificates and keys with the `cryptography` package: what chargers have done, and a small test authority."""
