"""Quirks of real chargers, as data: how a kind of station departs from the standard, and where that was seen.

Owns what a template can say under `quirks:`; shared by all chargers of a template. What each does on the wire is the
business of `protocol/quirks.py`. None of them breaks a schema: frames that do are faults to inject, no habits.
Rules for editing: the text of every field ends with "Seen:" and where; `docs/quirks.md` is made from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Quirks:
    """The habits of one kind of station; the defaults are a station that does what the standard says."""

    boot_notification: str | None = None
    """`every-link`: BootNotification and all statuses after every reconnect, not after a restart alone. `never`:
    only where TriggerMessage asks for one, not even after a restart; it goes on as if it had been accepted, which a
    central system may refuse: the built-in one serves it with `boot: {required: false}`.
    Seen: https://github.com/evcc-io/evcc/pull/25069, https://github.com/lbbrhzn/ocpp/issues/1529"""

    status_first: str | None = None
    """After a boot every connector is told with this status, and with its own one only then.
    Seen: https://github.com/EVerest/libocpp/issues/809 (Available)"""

    status_info: str | None = None
    """Text of `info` in every StatusNotification that has none of its own, such as `"null"`. 1.6 only.
    Seen: https://github.com/lbbrhzn/ocpp/issues/169"""

    accepts_and_ignores: tuple[str, ...] = ()
    """Actions that are answered Accepted (UnlockConnector: Unlocked) and change nothing, such as Reset.
    Seen: https://github.com/lbbrhzn/ocpp/issues/878 (ChangeAvailability)"""

    never_answers: tuple[str, ...] = ()
    """Actions that change nothing and get no answer at all.
    Seen: https://github.com/evcc-io/evcc/pull/30177, https://github.com/evcc-io/evcc/issues/15869"""

    answers_after_s: tuple[float, float] | None = None
    """Least and most seconds (I/O time) between a request and its answer, drawn from the seed of the fleet. What is
    asked for is done at once; CALLERRORs and answers that wait for work of their own are not held back.
    Seen: https://github.com/evcc-io/evcc/issues/30943, https://github.com/evcc-io/evcc/issues/29332"""

    unknown_keys: tuple[str, ...] = ()
    """Standard keys that GetConfiguration does not know and ChangeConfiguration answers NotSupported; what they
    drive keeps its value. 1.6 only.
    Seen: https://github.com/lbbrhzn/ocpp/issues/169 (MeterValuesSampledData)"""

    refused_keys: tuple[str, ...] = ()
    """Keys that can be read as writable, while ChangeConfiguration is answered Rejected whatever the value. 1.6 only.
    Seen: https://github.com/lbbrhzn/ocpp/issues/221 (MeterValuesSampledData)"""

    refused_profiles: tuple[tuple[str, str], ...] = ()
    """Charging profiles that it does not take, and what SetChargingProfile is answered: purpose, kind or
    purpose/kind in the words of the version -> `Rejected`, `NotSupported` (2.x: Rejected),
    `PropertyConstraintViolation` (a CALLERROR) or `ignored` (Accepted, and it limits nothing).
    Seen: https://github.com/lbbrhzn/ocpp/issues/878 (TxDefaultProfile),
    https://github.com/lbbrhzn/ocpp/pull/2150 and https://github.com/lbbrhzn/ocpp/issues/1565 (Relative),
    https://github.com/lbbrhzn/ocpp/issues/2158 (NotSupported)"""

    clock_offset_s: float = 0.0
    """How many seconds its clock is ahead, negative for behind; currentTime is ignored, and instants that the
    central system sends are read by the wrong clock too.
    Seen: https://github.com/lbbrhzn/ocpp/issues/361 (two years behind), https://github.com/steve-community/steve/issues/136
    (two hours ahead at first)"""

    idle_transaction_id: int | None = None
    """transactionId in MeterValues outside a transaction. 1.6 only.
    Seen: https://github.com/lbbrhzn/ocpp/issues/361 (2^63-1), https://github.com/evcc-io/evcc/issues/15943 (-1)"""

    energy_in_kwh_as: str | None = None
    """Energy in meter values counts kWh; the value is the unit that stands beside it: `kWh`, or `Wh`, which is wrong by
    a factor of 1000. meterStart and meterStop stay in Wh.
    Seen: https://github.com/OpenEVSE/openevse_esp32_firmware/issues/703 (Wh), https://github.com/lbbrhzn/ocpp/pull/1217
    (kWh)"""

    units_left_out: bool = False
    """Meter values name no unit, which is optional and then means Wh, also for what is W, A, V or %.
    Seen: https://github.com/JavaIsJavaScript/OCPP-2.0-CP-Simulator/pull/6 (another simulator)"""

    stop_id_tag: str | None = None
    """idTag of StopTransaction where there should be the tag: `empty` text, or `left-out`. 1.6 only.
    Seen: https://github.com/c-jimenez/open-ocpp/pull/204 (empty),
    https://github.com/dallmann-consulting/OCPP.Core/issues/47 (left out)"""

    csr_with_crlf: bool = False
    """Certificate signing requests have CR LF at the ends of their lines.
    Seen: https://github.com/steve-community/steve/pull/2093 (OCTT)"""

    refuses_rsa_pss: bool = False
    """Certificates signed with RSA-PSS are refused, plain PKCS #1 signatures are taken.
    Seen: https://github.com/steve-community/steve/pull/2093 (OCTT)"""

    def told(self) -> Iterator[str]:
        """The quirks that it has, one line of text each."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                yield f"{field.name}: {_text(value)}"


NO_QUIRKS = Quirks()


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(" -> ".join(one) if isinstance(one, tuple) else _text(one) for one in value)
    if isinstance(value, bool):
        return "yes"
    return f"{value:.15g}" if isinstance(value, float) else str(value)
