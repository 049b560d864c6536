"""docs/conformance.md has the table of the cases there are."""

from scripts.conformance_page import PAGE, page


def test_the_table_of_cases_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run scripts/docs"
