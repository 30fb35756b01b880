"""What the table of competence says of a type, by place and day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.codes import Competent, Level
from escalation.domain.competence import Competence, Said, competence_on

PROVINCE, REGION, ELSEWHERE = "03.531", "03", "03.561"
DEFAULT = Competence(Level.PROVINCE, Competent.PROVINCE, "province_own_power")
BY_REGION = Competence(Level.REGION, Competent.REGION, "region_own_power", place_code=REGION)
BY_PROVINCE = Competence(Level.PROVINCE, Competent.STATE, "state_service", place_code=PROVINCE)
DAY = date(2026, 11, 2)


def test_the_narrowest_place_speaks_and_what_is_taken_back_lets_the_wider_one_speak_again() -> None:
    said = [Said(REGION, DAY, BY_REGION), Said(PROVINCE, DAY, BY_PROVINCE)]
    taken_back = Said(PROVINCE, DAY + timedelta(days=10), None)
    assert competence_on(DAY, DEFAULT, said, PROVINCE, REGION) is BY_PROVINCE
    assert competence_on(DAY, DEFAULT, said, ELSEWHERE, REGION) is BY_REGION
    assert competence_on(DAY, DEFAULT, said, "01.1", "01") is DEFAULT
    later = DAY + timedelta(days=10)
    assert competence_on(later, DEFAULT, [*said, taken_back], PROVINCE, REGION) is BY_REGION
    assert competence_on(later, DEFAULT, [taken_back], PROVINCE, REGION) is DEFAULT


ROWS = st.builds(
    Said,
    st.sampled_from((PROVINCE, REGION, ELSEWHERE)),
    st.dates(DAY, DAY + timedelta(days=20)),
    st.sampled_from((BY_REGION, BY_PROVINCE, None)),
)


@given(
    st.lists(ROWS, max_size=8, unique_by=lambda one: (one.place_code, one.effective_on)),
    ROWS,
    st.integers(min_value=0, max_value=30),
)
def test_a_row_never_changes_the_days_before_it_whatever_the_order_of_rows(
    said: list[Said], more: Said, offset: int
) -> None:
    day = DAY + timedelta(days=offset)
    before = competence_on(day, DEFAULT, said, PROVINCE, REGION)
    assert before is competence_on(day, DEFAULT, said[::-1], PROVINCE, REGION)
    if day < more.effective_on:
        assert before is competence_on(day, DEFAULT, [*said, more], PROVINCE, REGION)
