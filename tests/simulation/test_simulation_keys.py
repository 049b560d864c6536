"""Keys in virtual time follow from the seed, so that two runs are equal to the byte."""

from chargepoint_sim.core.certificates import RequestSigning, SigningRequest
from chargepoint_sim.simulation.jobs import done
from chargepoint_sim.simulation.mishaps import Luck, Mishaps


def requests(seed: int, charger_id: str) -> list[SigningRequest]:
    """Two requests, one after the other."""
    luck = Luck(Mishaps(), seed, charger_id)
    made = []
    for _ in range(2):
        duration_s, result = done(RequestSigning("SN1", "Operator"), luck)
        assert duration_s > 0
        assert isinstance(result, SigningRequest)
        made.append(result)
    return made


def test_the_same_seed_makes_the_same_requests() -> None:
    assert requests(1, "c1") == requests(1, "c1")


def test_keys_differ_by_charger_and_from_one_to_the_next() -> None:
    made = [*requests(1, "c1"), *requests(1, "c2"), *requests(2, "c1")]
    assert len({one.key_pem for one in made}) == 6
