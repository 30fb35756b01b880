"""The shipped reference files are whole, and a broken one is named by file, line and column."""

import csv
import io
import shutil
from collections import Counter
from pathlib import Path

import pytest

from escalation.domain.codes import Level, PlaceKind
from escalation.reference.catalogue import read_taxonomy, read_terms, read_territory, terms
from escalation.reference.rows import BrokenRow

SHIPPED = Path(__file__).parents[2] / "escalation" / "reference"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the shipped files, to break."""
    for name in ("territory", "taxonomy"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    return tmp_path


def set_cell(path: Path, line: int, column: str, value: str) -> None:
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    rows[line - 1][rows[0].index(column)] = value
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def read_all(directory: Path) -> None:
    read_territory(directory)
    read_taxonomy(directory)
    read_terms(directory)


def test_the_whole_country_is_there() -> None:
    territory = read_territory()
    assert (len(territory.regions), len(territory.provinces), len(territory.communes)) == (12, 75, 1503)
    kinds = Counter(province.kind for province in territory.provinces)
    assert kinds == {PlaceKind.PREFECTURE: 13, PlaceKind.PROVINCE: 62}


def test_every_place_stands_under_its_parent() -> None:
    territory = read_territory()
    communes = Counter(commune.region_code for commune in territory.communes)
    assert list(communes.values()) == [146, 124, 194, 114, 135, 153, 251, 125, 175, 53, 20, 13]
    region_of = {province.code: province.parent_code for province in territory.provinces}
    assert all(region_of[commune.parent_code or ""] == commune.region_code for commune in territory.communes)
    assert {region.parent_code for region in territory.regions} == {None}
    assert all(province.province_code == province.code for province in territory.provinces)


def test_populations_add_up_level_by_level() -> None:
    territory = read_territory()
    for level in (territory.regions, territory.provinces, territory.communes):
        assert sum(place.population or 0 for place in level) == 36_828_330


def test_a_commune_has_its_names_its_point_and_its_search_names() -> None:
    place = next(commune for commune in read_territory().communes if commune.name_fr == "My Idriss Zerhoun")
    assert place.level is Level.COMMUNE
    assert place.name_en == place.name_fr
    assert "Moulay Idriss Zerhoun" in place.names_alt.split("|")
    assert place.latitude == pytest.approx(34, abs=0.2)


def test_the_taxonomy_is_whole() -> None:
    taxonomy = read_taxonomy()
    assert len(taxonomy.sectors) == 25
    assert len(taxonomy.bodies) == 36
    assert len(taxonomy.obstacle_types) == 48
    assert len(taxonomy.routing_reasons) == 8
    assert [sector.position for sector in taxonomy.sectors] == list(range(1, 26))
    assert "ANCFCC" in taxonomy.obstacle_types[0].bodies


def test_every_word_has_three_languages() -> None:
    assert len(terms()) == 171
    assert terms()["desk"] == {"ar": "خلية التتبع", "fr": "Cellule de suivi", "en": "Desk"}


BROKEN = [
    (("territory/regions.csv", 3, "code"), "01", "stands twice"),
    (("territory/regions.csv", 2, "name_ar"), " ", "is empty"),
    (("territory/provinces.csv", 4, "region_code"), "99", "no place '99'"),
    (("territory/provinces.csv", 5, "kind"), "canton", "'canton' is not one of"),
    (("territory/communes.csv", 7, "province_code"), "01.999", "no place"),
    (("territory/communes.csv", 7, "region_code"), "02", "belongs to region 01"),
    (("territory/communes.csv", 8, "code"), "01.051", "stands twice"),
    (("territory/communes.csv", 9, "population_2024"), "many", "not a whole number"),
    (("territory/communes.csv", 9, "lat"), "nan", "number of degrees"),
    (("territory/communes.csv", 9, "lon"), "181", "number of degrees"),
    (("territory/communes.csv", 9, "name_fr"), "x" * 121, "longer than 120"),
    (("taxonomy/sectors.csv", 2, "code"), "a b", "not a code"),
    (("taxonomy/bodies.csv", 2, "level"), "moon", "'moon' is not one of"),
    (("taxonomy/routing_reasons.csv", 2, "certainty"), "D", "'D' is not one of"),
    (("taxonomy/obstacle_types.csv", 2, "first_desk"), "commune", "is not one of"),
    (("taxonomy/obstacle_types.csv", 2, "reason"), "because", "is not one of"),
    (("taxonomy/obstacle_types.csv", 2, "bodies"), "CAID|NOBODY", "no body 'NOBODY'"),
    (("taxonomy/terms.csv", 2, "ar"), "", "is empty"),
    (("taxonomy/terms.csv", 3, "key"), "obstacle", "stands twice"),
]


@pytest.mark.parametrize(("where", "value", "message"), BROKEN)
def test_a_broken_cell_is_named(directory: Path, where: tuple[str, int, str], value: str, message: str) -> None:
    file, line, column = where
    set_cell(directory / file, line, column, value)
    with pytest.raises(BrokenRow, match=message) as caught:
        read_all(directory)
    assert (caught.value.file, caught.value.line, caught.value.column) == where


def test_a_row_with_too_few_cells_is_named_by_the_line_it_starts_on(directory: Path) -> None:
    path = directory / "taxonomy/sectors.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + 'one,"a name\nin two lines",b,c,\ntwo,a\n', encoding="utf-8")
    with pytest.raises(BrokenRow, match="has 2 cells, the header has 5") as caught:
        read_taxonomy(directory)
    assert caught.value.line == text.count("\n") + 3


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "must name this column once"),
        (b"code,name_fr,name_ar,name_en\n", 1, "must name this column once"),
        (b"code,name_fr,name_ar,name_en,synonyms\n", 1, "no row"),
        (b"code,name_fr,name_ar,name_en,synonyms\na,\xe9,b,c,\n", 2, "not UTF-8"),
        (b'code,name_fr,name_ar,name_en,synonyms\na,"b" c,d,e,\n', 2, "expected after"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(directory: Path, content: bytes, line: int, message: str) -> None:
    (directory / "taxonomy/sectors.csv").write_bytes(content)
    with pytest.raises(BrokenRow, match=message) as caught:
        read_taxonomy(directory)
    assert (caught.value.file, caught.value.line) == ("taxonomy/sectors.csv", line)


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "territory/communes.csv").unlink()
    with pytest.raises(BrokenRow, match=r"territory/communes\.csv, line 1: the file is missing"):
        read_territory(directory)


def test_a_file_saved_by_a_spreadsheet_is_read(directory: Path) -> None:
    path = directory / "taxonomy/sectors.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_taxonomy(directory) == read_taxonomy()
