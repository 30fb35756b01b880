"""A database of its own for each test, copied from a template: the journal refuses to be emptied between tests."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql

Build = Callable[[str], None]
BY_FILES_SINCE = 15_00_00
"""The version of PostgreSQL that can copy in two ways. Source: the manual's page of CREATE DATABASE."""


class Databases(Protocol):
    """Makes databases of one kind."""

    def empty(self) -> AbstractContextManager[str]:
        """Yield the address of a database without a schema."""

    def current(self) -> AbstractContextManager[str]:
        """Yield the address of a database at the newest migration, without rows."""

    def with_reference(self) -> AbstractContextManager[str]:
        """Yield the address of a database that holds the territory and the taxonomy, and nothing else."""

    def drop_template(self) -> None:
        """Leave nothing behind."""


class SqliteDatabases:
    """SQLite databases copied from one template file."""

    def __init__(self, home: Path, build_schema: Build, load_reference: Build) -> None:
        self._home, self._numbers = home, itertools.count(1)
        self._build_schema, self._load_reference = build_schema, load_reference
        self._template: Path | None = None
        self._reference_template: Path | None = None

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Yield the address of a database without a schema."""
        path = self._home / f"{next(self._numbers)}.db"
        yield f"sqlite:///{path}"
        for leftover in self._home.glob(f"{path.name}*"):
            leftover.unlink(missing_ok=True)

    @contextmanager
    def current(self) -> Iterator[str]:
        """Yield the address of a database at the newest migration, without rows."""
        with self._copy_of(self._built_template()) as url:
            yield url

    @contextmanager
    def with_reference(self) -> Iterator[str]:
        """Yield the address of a database that holds the territory and the taxonomy, and nothing else."""
        if self._reference_template is None:
            with self.current() as url:
                self._load_reference(url)
                self._reference_template = self._backup(url, "reference")
        with self._copy_of(self._reference_template) as url:
            yield url

    def drop_template(self) -> None:
        """Nothing to do: the directory goes with pytest's other temporary ones."""

    @contextmanager
    def _copy_of(self, template: Path) -> Iterator[str]:
        with self.empty() as url:
            shutil.copyfile(template, url.removeprefix("sqlite:///"))
            yield url

    def _built_template(self) -> Path:
        if self._template is None:
            url = f"sqlite:///{self._home / 'built.db'}"
            self._build_schema(url)
            self._template = self._backup(url, "template")
        return self._template

    def _backup(self, url: str, name: str) -> Path:
        """Copy a database with what its write-ahead log holds into one file."""
        copy = self._home / f"{name}.db"
        with (
            closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        return copy


class PostgresqlDatabases:
    """PostgreSQL databases copied from one template database, all inside the cluster at `server_url`."""

    def __init__(self, server_url: str, prefix: str, build_schema: Build, load_reference: Build) -> None:
        self._server_url, self._prefix = server_url, prefix
        self._build_schema, self._load_reference = build_schema, load_reference
        self._numbers = itertools.count(1)
        self._made: list[str] = []

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Yield the address of a database without a schema."""
        with self._copy_of("template0") as url:
            yield url

    @contextmanager
    def current(self) -> Iterator[str]:
        """Yield the address of a database at the newest migration, without rows."""
        with self._copy_of(self._template("schema", "template0", self._build_schema)) as url:
            yield url

    @contextmanager
    def with_reference(self) -> Iterator[str]:
        """Yield the address of a database that holds the territory and the taxonomy, and nothing else."""
        schema = self._template("schema", "template0", self._build_schema)
        with self._copy_of(self._template("reference", schema, self._load_reference)) as url:
            yield url

    def drop_template(self) -> None:
        """Leave nothing behind on a server that outlives the tests."""
        for template in self._made:
            self._drop(template)

    def _template(self, name: str, source: str, build: Build) -> str:
        """Return the name of a template, built from another when first asked for."""
        template = f"{self._prefix}_{name}"
        if template not in self._made:
            self._create(template, source)
            build(self._url(template))
            self._made.append(template)
        return template

    @contextmanager
    def _copy_of(self, template: str) -> Iterator[str]:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._create(name, template)
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def _create(self, name: str, template: str) -> None:
        """Copy the template's files, which costs less than page by page through the log; old servers know only that."""
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with self._connected() as connection:
            connection.execute(_dropping(name))
            is_asked_for = connection.info.server_version >= BY_FILES_SINCE
            connection.execute(create + sql.SQL(" STRATEGY file_copy") if is_asked_for else create)

    def _drop(self, name: str) -> None:
        with self._connected() as connection:
            connection.execute(_dropping(name))

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._server_url, autocommit=True)

    def _url(self, name: str) -> str:
        base, _, query = self._server_url.partition("?")
        return (
            base.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://")
            + f"/{name}"
            + (query and f"?{query}")
        )


def _dropping(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
