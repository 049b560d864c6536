"""OCPP-J frames: what is read, what is refused with which code, and how each version spells it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.errors import FrameError
from chargepoint_sim.protocol import frames
from chargepoint_sim.protocol.frames import Call, CallError, CallResult, ErrorCode, Version

BOTH = pytest.mark.parametrize("version", list(Version))


@BOTH
def test_the_three_frames_are_read(version: Version) -> None:
    assert frames.decode('[2,"a","Reset",{"type":"Soft"}]', version) == Call("a", "Reset", {"type": "Soft"})
    assert frames.decode(b'[3,"a",{}]', version) == CallResult("a", {})
    assert frames.decode('[4,"a","GenericError","why",{"k":1}]', version) == CallError(
        "a", "GenericError", "why", {"k": 1}
    )


@BOTH
@pytest.mark.parametrize(
    ("text", "code", "message_id"),
    [
        ("[", ErrorCode.RPC_FRAMEWORK_ERROR, None),
        ('{"a":1}', ErrorCode.RPC_FRAMEWORK_ERROR, None),
        ('[2,"a"]', ErrorCode.RPC_FRAMEWORK_ERROR, None),
        ('[2,"","Reset",{}]', ErrorCode.RPC_FRAMEWORK_ERROR, None),
        (f'[2,"{"x" * 37}","Reset",{{}}]', ErrorCode.RPC_FRAMEWORK_ERROR, None),
        ('[2,"a","Reset"]', ErrorCode.RPC_FRAMEWORK_ERROR, "a"),
        ('[2,"a","Reset",[]]', ErrorCode.FORMAT_VIOLATION, "a"),
        ('[5,"a","Reset",{}]', ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, "a"),
        ('[true,"a",{}]', ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, "a"),
    ],
)
def test_what_is_no_frame_is_refused(version: Version, text: str, code: str, message_id: str | None) -> None:
    with pytest.raises(FrameError) as caught:
        frames.decode(text, version)
    assert (caught.value.code, caught.value.message_id) == (code, message_id)
    assert len(caught.value.description) > 5


def test_an_unknown_message_type_is_passed_over_in_1_6_alone() -> None:
    for version, ignored in ((Version.V16, True), (Version.V201, False)):
        with pytest.raises(FrameError) as caught:
            frames.decode('[7,"a",{}]', version)
        assert caught.value.ignore is ignored


@BOTH
@given(text=st.text(max_size=60) | st.binary(max_size=60))
def test_decode_raises_nothing_but_frame_errors(version: Version, text: str | bytes) -> None:
    with suppress(FrameError):
        assert isinstance(frames.decode(text, version), Call | CallResult | CallError)


@pytest.mark.parametrize(
    ("code", "v16", "v201"),
    [
        (ErrorCode.FORMAT_VIOLATION, "FormationViolation", "FormatViolation"),
        (
            ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
            "OccurenceConstraintViolation",
            "OccurrenceConstraintViolation",
        ),
        (ErrorCode.RPC_FRAMEWORK_ERROR, "ProtocolError", "RpcFrameworkError"),
        (ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, "NotSupported", "MessageTypeNotSupported"),
        (ErrorCode.SECURITY_ERROR, "SecurityError", "SecurityError"),
        ("VendorError", "VendorError", "VendorError"),
    ],
)
def test_codes_are_spelt_as_the_version_does(code: str, v16: str, v201: str) -> None:
    assert frames.wire_code(code, Version.V16) == v16
    assert frames.wire_code(code, Version.V201) == v201


def test_every_code_of_1_6_is_one_that_the_standard_has() -> None:
    known = {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }
    assert {frames.wire_code(code, Version.V16) for code in ErrorCode} <= known


@BOTH
@given(
    message_id=st.text("abcdef-0123456789", min_size=1, max_size=36),
    payload=st.dictionaries(st.text(max_size=5), st.integers(-(2**53), 2**53) | st.text(max_size=9) | st.booleans()),
)
def test_calls_come_back_as_they_went(version: Version, message_id: str, payload: dict[str, object]) -> None:
    try:
        text = frames.encode_call(message_id, "DataTransfer", payload)
    except TypeError:  # a lone surrogate cannot stand in UTF-8
        assert any("\ud800" <= character <= "\udfff" for character in repr(payload))
        return
    assert frames.decode(text, version) == Call(message_id, "DataTransfer", payload)


def test_a_long_description_is_cut_to_255_characters() -> None:
    frame = json.loads(frames.encode_error("a", ErrorCode.GENERIC_ERROR, "x" * 400, {}, Version.V201))
    assert frame == [4, "a", "GenericError", "x" * 255, {}]


def test_subprotocols() -> None:
    assert [version.subprotocol for version in Version] == ["ocpp1.6", "ocpp2.0.1"]
