"""What the commands for a single charger ask of it: messages, settings, token lists, faults; a spelling per dialect."""

from typing import Annotated, Any, Literal

from pydantic import Field

from chargepoint_sim.api.instants import Instant
from chargepoint_sim.api.ocpplab.commands.events import Event, Ordinal
from chargepoint_sim.api.ocpplab.commands.faults import fault_of
from chargepoint_sim.api.parsing import RawMessage, Shape
from chargepoint_sim.core import commands as core

ActionName = Annotated[
    str,
    Field(
        pattern="^[A-Za-z][A-Za-z0-9_]*$",
        max_length=50,
        description="boot_notification or BootNotification; any message, also one that chargers do not send.",
    ),
]


class RawPayload(Event):
    """A message to send as it is, in the version that the charger speaks; keys in snake_case or camelCase."""

    action: ActionName
    payload: RawMessage | None = None

    def command(self) -> core.Command:
        """Send it."""
        return core.SendRaw(self.action, self.echo())

    @property
    def event_type(self) -> str:
        """The message."""
        return self.action

    def echo(self) -> dict[str, Any]:
        """Its payload, as it was given."""
        return self.payload or {}


class RawEvent(RawPayload):
    """A message to send as it is; keys in snake_case or camelCase."""

    ocpp_version: Literal["ocpp1.6", "ocpp2.0.1"]
    payload: RawMessage


class ConfigurationEvent(Event):
    """New values of configuration keys, or of variables in OCPP 2.0.1."""

    configuration: dict[str, str] = Field(min_length=1)

    def command(self) -> core.Command:
        """Act as if the central system had changed them."""
        return core.ChangeSettings(self.configuration)


class ConfigurationPayload(Event):
    """A new value of a configuration key, or of a variable in OCPP 2.0.1."""

    key: Annotated[str, Field(min_length=1)]
    value: str

    def command(self) -> core.Command:
        """Act as if the central system had changed it."""
        return core.ChangeSettings({self.key: self.value})


class CacheEvent(Event):
    """Nothing more is to be said."""

    def command(self) -> core.Command:
        """Clear the authorization cache."""
        return core.ClearCache()


class ListEntry(Shape):
    """A tag that the list accepts."""

    id_tag: Annotated[str, Field(min_length=1, max_length=255)]
    expiry_date: Instant | None = Field(None, description="Without a zone it is UTC.")
    parent_id_tag: Annotated[str, Field(min_length=1, max_length=255)] | None = None

    def listed(self) -> core.ListedToken:
        """The entry in the core's words."""
        expires_at = None if self.expiry_date is None else self.expiry_date.timestamp()
        return core.ListedToken(self.id_tag, expires_at, self.parent_id_tag)


ListVersion = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]


class LocalListEvent(Event):
    """The whole local authorization list; its version must be greater than that of the present one."""

    list_version: ListVersion
    entries: list[ListEntry]

    def command(self) -> core.Command:
        """Put it in the place of the present one."""
        return core.UpdateLocalList(self.list_version, tuple(entry.listed() for entry in self.entries))


class LocalListPayload(Event):
    """A local authorization list, or what is new in it; its version must be greater than that of the present one."""

    list_version: ListVersion
    update_type: Literal["Full", "Differential"]
    entries: list[ListEntry] | None = None

    def command(self) -> core.Command:
        """Put it in the place of the present one, or add it."""
        entries = tuple(entry.listed() for entry in self.entries or ())
        return core.UpdateLocalList(self.list_version, entries, self.update_type == "Differential")


class ClearListEvent(Event):
    """Nothing more is to be said."""

    def command(self) -> core.Command:
        """Take the local authorization list away."""
        return core.ClearLocalList()


class InjectFaultEvent(Event):
    """A fault, and where: connector 0 is the whole charger."""

    fault_type: Annotated[str, Field(min_length=1, max_length=50)] = Field(
        description="A ChargePointErrorCode of OCPP 1.6 or an alias; anything else becomes the vendorErrorCode of an "
        "OtherError."
    )
    evse_id: Ordinal | None = 1
    connector_id: Ordinal | None = 1

    def command(self) -> core.Command:
        """Let it fail."""
        code, vendor_code = fault_of(self.fault_type)
        return core.InjectFault(self.evse_id, self.connector_id, code, vendor_error_code=vendor_code)


class ClearFaultEvent(Event):
    """Where the fault ends: connector 0 is the whole charger."""

    evse_id: Ordinal | None = 1
    connector_id: Ordinal | None = 1

    def command(self) -> core.Command:
        """Let it work again."""
        return core.ClearFault(self.evse_id, self.connector_id)
