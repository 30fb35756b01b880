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

BuildSchema = Callable[[str], None]


class Databases(Protocol):
    """Makes databases of one kind."""

    def empty(self) -> AbstractContextManager[str]:
        """Yield the address of a database without a schema."""

    def current(self) -> AbstractContextManager[str]:
        """Yield the address of a database at the newest migration, without rows."""

    def drop_template(self) -> None:
        """Leave nothing behind."""


class SqliteDatabases:
    """SQLite databases copied from one template file."""

    def __init__(self, home: Path, build_schema: BuildSchema) -> None:
        self._home, self._build_schema, self._numbers = home, build_schema, itertools.count(1)
        self._template: Path | None = None

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Yield the address of a database without a schema."""
        path = self._home / f"{next(self._numbers)}.db"
        yield f"sqlite:///{path}"
        for leftover in self._home.glob(f"{path.name}*"):
            leftover.unlink()

    @contextmanager
    def current(self) -> Iterator[str]:
        """Yield the address of a database at the newest migration, without rows."""
        with self.empty() as url:
            shutil.copyfile(self._built_template(), url.removeprefix("sqlite:///"))
            yield url

    def drop_template(self) -> None:
        """Nothing to do: the directory goes with pytest's other temporary ones."""

    def _built_template(self) -> Path:
        if self._template is None:
            built, template = self._home / "built.db", self._home / "template.db"
            self._build_schema(f"sqlite:///{built}")
            with closing(sqlite3.connect(built)) as source, closing(sqlite3.connect(template)) as target:
                source.backup(target)
            self._template = template
        return self._template


class PostgresqlDatabases:
    """PostgreSQL databases copied from one template database, all inside the cluster at `server_url`."""

    def __init__(self, server_url: str, prefix: str, build_schema: BuildSchema) -> None:
        self._server_url, self._prefix, self._build_schema = server_url, prefix, build_schema
        self._numbers = itertools.count(1)
        self._has_template = False

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Yield the address of a database without a schema."""
        with self._copy_of("template0") as url:
            yield url

    @contextmanager
    def current(self) -> Iterator[str]:
        """Yield the address of a database at the newest migration, without rows."""
        template = f"{self._prefix}_template"
        if not self._has_template:
            self._create(template, "template0")
            self._build_schema(self._url(template))
            self._has_template = True
        with self._copy_of(template) as url:
            yield url

    def drop_template(self) -> None:
        """Leave nothing behind on a server that outlives the tests."""
        if self._has_template:
            self._drop(f"{self._prefix}_template")

    @contextmanager
    def _copy_of(self, template: str) -> Iterator[str]:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._create(name, template)
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def _create(self, name: str, template: str) -> None:
        self._drop(name)
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))

    def _drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, name: str) -> str:
        base, _, query = self._server_url.partition("?")
        return (
            base.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://")
            + f"/{name}"
            + (query and f"?{query}")
        )
