"""What a transaction costs and what its driver is told of it (2.0.1 I01 to I03). Pure: sums of what is booked."""

from chargepoint_sim.csms.config import TariffSettings
from chargepoint_sim.csms.sessions import Session
from chargepoint_sim.protocol.frames import Payload


def cost(tariff: TariffSettings, session: Session, at: float) -> float:
    """The sum at `at`, UTC seconds by the charger's stamps, rounded to hundredths."""
    hours = 0.0 if session.started_at is None else max(0.0, at - session.started_at) / 3600
    energy_wh = max(0.0, session.energy_wh or 0.0)
    return round(tariff.start + tariff.per_kwh * energy_wh / 1000 + tariff.per_hour * hours, 2)


def answer(tariff: TariffSettings | None, session: Session, event_type: str, at: float) -> Payload:
    """The running cost for an event in the course of a transaction, the total for its end; nothing at its start."""
    if tariff is None or event_type == "Started":
        return {}
    return {"totalCost": cost(tariff, session, at)}


def for_driver(tariff: TariffSettings | None, info: Payload) -> Payload:
    """The member of an accepted token's answer that tells its driver the tariff."""
    if tariff is None or tariff.message is None or info["status"] != "Accepted":
        return {}
    return {"personalMessage": {"format": "UTF8", "content": tariff.message}}
