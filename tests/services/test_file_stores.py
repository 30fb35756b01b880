"""Where files lie: a folder or a bucket that give the same answers, what a kill leaves, and its sweeping."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from config import Config
from escalation.domain.errors import NotFound
from escalation.domain.file_settings import Bucket
from escalation.domain.files import FileFault
from escalation.services.files import stores
from escalation.services.files.attaching import erase_file
from escalation.services.files.stores import LocalStore, Store, StoreAway, current_store, new_name
from escalation.services.files.sweep import sweep_files
from escalation.services.files.uploads import receive_file
from tests.factories import COMMUNE, Town
from tests.file_makers import paper, picture
from tests.processes import ROOT, environment_of, was_killed
from tests.services.sent_files import FORM, NOW, SQLITE, coming, refusal, rows, settings, stored

pytestmark = pytest.mark.usefixtures("reference_data")

NAME = re.compile(r"[0-9a-f]{32}(-small)?")


@SQLITE
def test_folders_and_files_are_for_this_program_only(town: Town) -> None:
    with town.app.app_context():
        receive_file(coming(town.president), NOW)
    folder = town.app.extensions["config"].var_dir / "files"
    for path in (folder, *folder.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
    static = Path(stores.__file__).parents[2] / "static"
    assert static not in folder.parents


def test_only_names_of_ours_are_reached(tmp_path: Path) -> None:
    store, outside = LocalStore(tmp_path / "kept"), tmp_path / "secret"
    outside.write_text("x")
    for name in ("../secret", "/etc/passwd", "", "a", "..", f"{new_name()}/../../secret", f"{new_name()}\0", "A" * 32):
        for act in (store.read, store.drop):
            with pytest.raises(ValueError, match="not a name of ours"):
                act(name)
    assert outside.exists()


def test_names_are_drawn_and_never_twice() -> None:
    names = {new_name() for _one in range(1_000)}
    assert len(names) == 1_000
    assert all(NAME.fullmatch(name) for name in names)


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    """A server on loopback that speaks S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def kept_in(request: pytest.FixtureRequest, town: Town, object_store: str) -> str:
    """Let files be kept in a folder, or in a bucket."""
    if request.param == "bucket":
        name = f"files-{os.getpid()}-{new_name()[:8]}"
        bucket = Bucket(name=name, endpoint=object_store, access_key="a", secret_key="b")
        boto3.client(
            "s3", endpoint_url=object_store, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        ).create_bucket(Bucket=name)
        settings(town, bucket=bucket)
    return str(request.param)


@SQLITE
def test_a_folder_and_a_bucket_give_the_same_answers(town: Town, kept_in: str, tmp_path: Path) -> None:
    with town.app.app_context():
        store: Store = current_store()
        assert isinstance(store, LocalStore) is (kept_in == "folder")
        name, source = new_name(), tmp_path / "source"
        source.write_bytes(b"content")
        store.keep(name, source)
        assert store.read(name) == b"content"
        assert stored() == {name}
        store.drop(name)
        store.drop(name)
        assert stored() == set()
        with pytest.raises(NotFound):
            store.read(name)
        receive_file(coming(town.president), NOW)
        (row,) = rows()
        assert stored() == {row.stored_as, f"{row.stored_as}-small"}
        assert len(store.read(row.stored_as)) == row.size_bytes
        erase_file(row.public_id, NOW)
        assert stored() == set()


@SQLITE
def test_a_store_that_is_away_takes_nothing_and_breaks_nothing(town: Town) -> None:
    with town.app.app_context():
        bucket = Bucket(name="nowhere", endpoint="http://127.0.0.1:9", access_key="a", secret_key="b")
        settings(town, bucket=bucket)
        assert refusal(receive_file, coming(town.president), NOW) is FileFault.NO_ROOM
        with pytest.raises(StoreAway):
            current_store().read(new_name())
        assert rows() == []


@SQLITE
def test_sweeping_drops_what_nothing_names_and_names_what_is_gone(town: Town, kept_in: str, tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(hours=2)
    with town.app.app_context():
        store = current_store()
        for raw in (picture(), paper()):
            receive_file(coming(town.president, raw, "a"), later)
        orphan, source = new_name(), tmp_path / "source"
        source.write_bytes(b"x")
        store.keep(orphan, source)
        assert sweep_files(datetime.now(UTC)).orphans == [], f"{kept_in}: it may be somebody's who is writing the row"
        assert sweep_files(later, dry_run=True).orphans == [orphan]
        assert orphan in stored()
        store.drop(rows()[1].stored_as)
        swept = sweep_files(later)
        assert (swept.orphans, swept.unsent, swept.lost) == ([orphan], 0, [rows()[1].id])
        assert orphan not in stored()
        assert sweep_files(later + timedelta(days=31)).unsent == 2
        assert rows() == []
        assert stored() == set(), "what they left is swept with them"


KILLED = """
import io, os
from datetime import UTC, datetime
from config import Config
from escalation.app import create_app
from escalation.services.files.uploads import Coming, receive_file
with create_app(Config.from_env(os.environ)).app_context():
    receive_file(Coming("a.pdf", open({path!r}, "rb"), {person}, {form!r}, {commune!r}), datetime.now(UTC))
"""


@SQLITE
def test_killed_between_the_bytes_and_the_row_no_file_is_there_and_the_bytes_are_swept(
    town: Town, config: Config, tmp_path: Path
) -> None:
    source = tmp_path / "a.pdf"
    source.write_bytes(paper())
    words = KILLED.format(path=str(source), person=town.president.id, form=FORM, commune=COMMUNE)
    for fail_at, code in (("file_stored", None), ("", 0)):
        process = subprocess.Popen(
            [sys.executable, "-c", words], cwd=ROOT, env=environment_of(config, fail_at), text=True
        )
        assert was_killed(process) if code is None else process.wait(60) == code
    with town.app.app_context():
        (row,) = rows()
        assert len(stored()) == 2
        incoming = config.var_dir / "files" / "incoming"
        assert len(list(incoming.iterdir())) == 1, "half received"
        later = datetime.now(UTC) + timedelta(hours=2)
        assert sweep_files(later).lost == []
        assert stored() == {row.stored_as}
        assert list(incoming.iterdir()) == []


def test_the_library_of_the_bucket_is_not_needed_without_one() -> None:
    words = "import sys; sys.modules['boto3'] = None; import escalation.app, workers.files, escalation.cli.files"
    subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=True)
