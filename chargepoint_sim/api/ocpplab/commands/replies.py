"""Answers to commands of the OCPPLAB surface, as that API publishes them."""

from typing import Any

from pydantic import BaseModel, Field


class QueuedCommand(BaseModel):
    """A command that a charger has taken."""

    id: str = Field(description="Twelve hexadecimal digits.")
    event_type: str
    ocpp_version: str = Field(description="ocpp1.6 or ocpp2.0.1")
    payload: dict[str, Any]


class CommandResult(BaseModel):
    """A charger that has taken the command."""

    charger_id: str
    identity: str
    command: QueuedCommand


class CommandFailure(BaseModel):
    """A charger that has not, and why."""

    identity: str | None
    error: str


class CommandResponse(BaseModel):
    """What became of the command, charger by charger."""

    targeted_count: int
    queued_count: int
    failed_count: int
    results: list[CommandResult]
    failed: list[CommandFailure]
