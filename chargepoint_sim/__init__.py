"""Simulated EV charging stations that speak OCPP 1.6J and 2.0.1 to a real central system."""

__version__ = "0.1.0"
