"""The device API of Amps for EV chargers; what it leaves open is decided in `docs/compatibility.md`."""
