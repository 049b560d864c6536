"""Seeded defects: for each invariant of the month something is broken on purpose, and the month must say so."""

from collections.abc import Callable, Mapping
from itertools import count
from random import SystemRandom
from typing import Any

import pytest

from chargepoint_sim.charger import Charger
from chargepoint_sim.core import power
from chargepoint_sim.core.meter import Meter
from chargepoint_sim.core.smart_charging.profiles import ChargingProfile, ProfileStore, is_external
from chargepoint_sim.csms.sessions import Session, SessionBook
from chargepoint_sim.protocol import frames
from chargepoint_sim.protocol.effects import Send
from chargepoint_sim.simulation.mishaps import Luck
from tests.month.month import Piece, play
from tests.month.watch import (
    BOOKS,
    EXTERNAL,
    GIVEN_UP,
    IDS,
    IN_FLIGHT,
    METER,
    ORDER_16,
    ORDER_201,
    PROFILES,
    SCHEMA,
    STATES,
    STATUSES,
    TOLD_REGISTERS,
    VIOLATIONS,
)

SMALL = Piece(seed=3, number=0, chargers=tuple(range(8)), days=1)
Payload = dict[str, Any]
Defect = tuple[object, str, Callable[[Any], Any]]
"""Whose attribute is replaced, its name, and how the defective one is made from it."""


def told_wrong(action: str, change: Callable[[Payload], Mapping[str, Any]], message_id: str | None = None) -> Defect:
    """The charger writes something else than it means: other fields in a CALL, or another message id."""

    def defective(encode: Callable[..., bytes]) -> Callable[..., bytes]:
        def encoding(own_id: str, called: str, payload: Payload) -> bytes:
            if called != action:
                return encode(own_id, called, payload)
            return encode(message_id or own_id, called, {**payload, **change(payload)})

        return encoding

    return frames, "encode_call", defective


def _forgets_every_third(add: Callable[..., None]) -> Callable[..., None]:
    numbers = count()

    def adding(book: SessionBook, session: Session) -> None:
        if next(numbers) % 3:
            add(book, session)

    return adding


def _books_twice(add: Callable[..., None]) -> Callable[..., None]:
    def adding(book: SessionBook, session: Session) -> None:
        add(book, session)
        add(book, Session(session.identity, f"{session.transaction_id}-again", session.evse_id))

    return adding


def _runs_backwards(register_at: Callable[..., float]) -> Callable[..., float]:
    return lambda meter, t: register_at(meter, t) - t % 1000 * 1e-3


def _only(kept: Callable[[ChargingProfile], bool]) -> Callable[[Any], Any]:
    return lambda for_evse: lambda store, evse_id: tuple(filter(kept, for_evse(store, evse_id)))


def _says_more(send: Callable[..., None]) -> Callable[..., None]:
    def sending(charger: Charger, entry: Any, now: Any) -> None:
        send(charger, entry, now)
        text = frames.encode_call(f"{entry.message_id}-more", "Heartbeat", {})
        charger._effects.append(Send(text, "Heartbeat"))

    return sending


def _idle_between(payload: Payload) -> Payload:
    info = payload["transactionInfo"]
    return {"transactionInfo": {**info, "chargingState": "Idle"} if payload["seqNo"] % 2 else info}


DEFECTS: Mapping[str, tuple[str, Defect]] = {
    "the central system loses sessions": (BOOKS, (SessionBook, "_add", _forgets_every_third)),
    "the central system books sessions twice": (BOOKS, (SessionBook, "_add", _books_twice)),
    "1.6 tells more energy than was metered": (
        BOOKS,
        told_wrong("StopTransaction", lambda payload: {"meterStop": payload["meterStop"] + 3}),
    ),
    "registers run backwards": (METER, (Meter, "register_at", _runs_backwards)),
    "charging profiles are not kept": (METER, (ProfileStore, "for_evse", _only(is_external))),
    "power-update is not kept": (METER, (ProfileStore, "for_evse", _only(lambda one: not is_external(one)))),
    "the cabinet is not shared": (METER, (power, "station_limit_w", lambda _: lambda state, at: None)),
    "1.6 tells a register too high": (TOLD_REGISTERS, told_wrong("StartTransaction", lambda _: {"meterStart": 10**9})),
    "a field that no schema has": (SCHEMA, told_wrong("Authorize", lambda _: {"extra": 1})),
    "a frame that the central system refuses": (VIOLATIONS, told_wrong("Authorize", lambda _: {"extra": 1})),
    "messages are given up": (GIVEN_UP, told_wrong("StopTransaction", lambda _: {"extra": 1})),
    "a CALL before the answer": (IN_FLIGHT, (Charger, "_send", _says_more)),
    "one id for all": (IDS, told_wrong("StatusNotification", lambda _: {}, "the-same")),
    "1.6 goes ways that are not there": (
        STATUSES,
        told_wrong("StatusNotification", lambda payload: {"status": "Reserved"} if "status" in payload else {}),
    ),
    "2.0.1 tells what has not changed": (
        STATUSES,
        told_wrong(
            "StatusNotification",
            lambda payload: {"connectorStatus": "Available"} if "connectorStatus" in payload else {},
        ),
    ),
    "energy without a cable": (STATES, told_wrong("TransactionEvent", _idle_between)),
    "1.6 stops what was never started": (ORDER_16, told_wrong("StopTransaction", lambda _: {"transactionId": 4711})),
    "2.0.1 leaves a number out": (
        ORDER_201,
        told_wrong("TransactionEvent", lambda payload: {"seqNo": payload["seqNo"] + (payload["seqNo"] > 2)}),
    ),
}


@pytest.mark.parametrize(("invariant", "defect"), DEFECTS.values(), ids=DEFECTS.keys())
def test_a_seeded_defect_is_found(invariant: str, defect: Defect, monkeypatch: pytest.MonkeyPatch) -> None:
    target, name, make = defect
    monkeypatch.setattr(target, name, make(getattr(target, name)))
    played = play(SMALL)
    assert played.breaches[invariant] > 0, played.breaches
    assert any(example.startswith(invariant) for example in played.examples)


def test_every_invariant_has_its_defect() -> None:
    verdicts = set(play(SMALL).checked) - {PROFILES, EXTERNAL}
    assert {invariant for invariant, _ in DEFECTS.values()} == verdicts


def test_chance_without_a_seed_shows_in_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = SystemRandom()
    monkeypatch.setattr(Luck, "between", lambda luck, purpose, low, high: chance.uniform(low, high))
    assert play(SMALL).digest != play(SMALL).digest
