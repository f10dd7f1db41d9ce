"""API keys as text."""

import re

from hypothesis import given
from hypothesis import strategies as st

from wellhead.workflows.access.tokens import digest, key_id_of, new_token

PEPPER = b"a pepper of the tests"


def test_a_key_is_recognised_and_named() -> None:
    token = new_token()
    assert re.fullmatch(r"wh_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", token.text)
    assert key_id_of(token.text) == token.key_id
    assert token.key_id in token.text


def test_keys_differ() -> None:
    assert len({new_token().text for _ in range(200)}) == 200


@given(place=st.integers(0, 49), character=st.characters(codec="ascii"))
def test_a_mistyped_key_is_recognised_without_the_database(place: int, character: str) -> None:
    text = new_token().text
    mistyped = text[:place] + character + text[place + 1 :]
    assert (key_id_of(mistyped) is None) == (mistyped != text)


@given(st.text(max_size=200))
def test_any_other_text_is_no_key(text: str) -> None:
    assert key_id_of(text) is None


def test_a_digest_depends_on_the_key_and_on_the_pepper() -> None:
    first, second = new_token().text, new_token().text
    assert digest(first, PEPPER) == digest(first, PEPPER)
    assert len({digest(first, PEPPER), digest(second, PEPPER), digest(first, b"another")}) == 3
    assert re.fullmatch(r"[0-9a-f]{64}", digest(first, PEPPER))
