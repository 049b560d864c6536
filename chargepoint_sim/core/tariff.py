"""What a station with a display tells drivers of tariff and cost (2.0.1 part 2 block I).

The central system makes the texts and the sums; the station shows them where they belong, and what it was given to
show where none came. A station without a display keeps none of it.
"""

from math import inf

from chargepoint_sim.core.display_messages import Display, Driver, Lines, Text
from chargepoint_sim.core.state import DISPLAY, Evse, StationState

TARIFF, COST = "TariffCostCtrlr.Enabled[Tariff]", "TariffCostCtrlr.Enabled[Cost]"
CURRENCY = "TariffCostCtrlr.Currency"
TARIFF_FALLBACK = "TariffCostCtrlr.TariffFallbackMessage"
TOTAL_FALLBACK = "TariffCostCtrlr.TotalCostFallbackMessage"

FAREWELL_S = 60.0
"""How long the total stands there after the end of a transaction, unless somebody else begins."""


def greet(state: StationState, evse_id: int | None, text: Text | None, languages: tuple[str, ...], at: float) -> None:
    """An accepted driver's own message and languages, heard before the session begins (I01.FR.03, O01.FR.08)."""
    evse = state.evse(evse_id) if evse_id is not None else None
    if state.display is None or evse is None or evse.authorized is not None:
        return
    _tell(state, state.display, evse.evse_id, Driver(), text, languages, at)


def told(state: StationState, transaction_id: str, text: Text | None, languages: tuple[str, ...], at: float) -> None:
    """The driver's message or languages, heard while the transaction runs (I06.FR.03)."""
    evse = state.with_transaction(transaction_id)
    if state.display is not None and evse is not None:
        driver = _of(state.display, transaction_id) or Driver(transaction_id=transaction_id)
        _tell(state, state.display, evse.evse_id, driver, text, languages, at)


def _tell(
    state: StationState,
    display: Display,
    evse_id: int,
    driver: Driver,
    text: Text | None,
    languages: tuple[str, ...],
    at: float,
) -> None:
    if text is not None:
        driver.tariff = _fitting(state, text)
    driver.languages = languages or driver.languages
    display.drivers.pop(evse_id, None)  # who came last stands last
    display.drivers[evse_id] = driver
    state.deadlines.set(DISPLAY, at)


def _fitting(state: StationState, text: Text) -> Text | None:
    """What the display can show of a text: nothing of a format that it does not know."""
    spec = state.spec.display
    if spec is None or text.format not in spec.formats:
        return None
    return Text(text.content[: spec.personal_message_size], text.format, text.language)


def running_cost(state: StationState, transaction_id: str, cost: float, at: float) -> bool:
    """What a transaction costs so far (I02.FR.03, I02.FR.04); False where no such transaction runs or no display is."""
    evse = state.with_transaction(transaction_id)
    if state.display is None or evse is None:
        return False
    driver = _of(state.display, transaction_id)
    if driver is None:
        driver = state.display.drivers[evse.evse_id] = Driver(transaction_id=transaction_id)
    driver.cost = cost
    state.deadlines.set(DISPLAY, at)
    return True


def total_cost(state: StationState, transaction_id: str, cost: float | None, at: float) -> None:
    """The answer to the end of a transaction: the total, or that none is known (I03.FR.03, I03.FR.04)."""
    driver = _of(state.display, transaction_id) if state.display is not None else None
    if driver is not None:
        driver.total, driver.total_known = cost, True
        state.deadlines.set(DISPLAY, at)


def follow(state: StationState, display: Display, at: float) -> float:
    """Let drivers come, end and leave; the instant at which the next one leaves by itself."""
    for evse in state.evses:
        driver = display.drivers.get(evse.evse_id)
        running = evse.transaction.transaction_id if evse.transaction is not None else None
        if driver is not None and _has_left(evse, driver, running, at):
            del display.drivers[evse.evse_id]
            driver = None
        if driver is None:
            if evse.authorized is None:
                continue
            driver = display.drivers[evse.evse_id] = Driver()
        if driver.transaction_id is None:
            driver.transaction_id = running
        elif driver.ended_at is None and running != driver.transaction_id:
            driver.ended_at = at
        if driver.ended_at is not None and not state.online:
            driver.total_known = True  # that there is none to hear of (I05.FR.02)
    ends = [one.ended_at + FAREWELL_S for one in display.drivers.values() if one.ended_at is not None]
    return min(ends, default=inf)


def _has_left(evse: Evse, driver: Driver, running: str | None, at: float) -> bool:
    if driver.ended_at is not None:
        return at >= driver.ended_at + FAREWELL_S or evse.authorized is not None or running is not None
    return driver.transaction_id is None and running is None and evse.authorized is None


def languages(display: Display, evse_id: int | None) -> tuple[str, ...]:
    """What the driver at an EVSE, or else the one who came last, prefers to read."""
    if evse_id is not None:
        driver = display.drivers.get(evse_id)
        return driver.languages if driver is not None else ()
    known = (one.languages for one in reversed(display.drivers.values()) if one.languages and one.ended_at is None)
    return next(known, ())


def lines(state: StationState, display: Display) -> tuple[Lines, ...]:
    """Tariff and cost of every driver who is there."""
    found = (Lines(evse_id, _tariff(state, one), _cost(state, one)) for evse_id, one in sorted(display.drivers.items()))
    return tuple(one for one in found if one.tariff or one.cost)


def _tariff(state: StationState, driver: Driver) -> str:
    """I01.FR.03; without one, what everybody pays (I04.FR.01)."""
    if driver.ended_at is not None or not state.settings.boolean(TARIFF):
        return ""
    return driver.tariff.content if driver.tariff is not None else state.settings.text(TARIFF_FALLBACK)


def _cost(state: StationState, driver: Driver) -> str:
    if not state.settings.boolean(COST):
        return ""
    if driver.total is not None:
        return f"Total {_sum(state, driver.total)}"
    if driver.ended_at is not None:
        return state.settings.text(TOTAL_FALLBACK) if driver.total_known else ""
    return f"So far {_sum(state, driver.cost)}" if driver.cost is not None else ""


def _sum(state: StationState, cost: float) -> str:
    return f"{cost:.2f} {state.settings.text(CURRENCY)}"


def _of(display: Display, transaction_id: str) -> Driver | None:
    return next((one for one in display.drivers.values() if one.transaction_id == transaction_id), None)
