"""How the databases read a queue: from the indexes, in their order, whoever asks for which view, filter and order."""

import itertools
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from escalation.domain.calendar import local_day
from escalation.domain.codes import ENDED, Status, Urgency
from escalation.queries.lists.queue_lists import (
    Narrowed,
    Queue,
    View,
    count_views,
    list_queue,
    list_to_decide,
    read_queue,
)
from escalation.queries.lists.queue_order import Order
from escalation.queries.people.people import load_actor
from tests.factories import OTHER_PROVINCE, Town
from tests.queries.queue_rows import fill_desks
from tests.queries_counter import Sent, engine_of, watching

READERS = ("reviewer", "member", "secretary", "provincial")
NARROWED = (
    *(Narrowed(view) for view in View),
    Narrowed(status=Status.IN_REVIEW),
    Narrowed(province_code=OTHER_PROVINCE),
    Narrowed(obstacle_type="convention_unsigned"),
    Narrowed(urgency=Urgency.CRITICAL),
    Narrowed(View.LATE, sector="roads"),
    Narrowed(View.UNCLAIMED, status=Status.IN_REVIEW),
)
SORTED_AT_MOST = 51 * 10
"""A page of each desk of the region is merged; nothing more is ever sorted."""


def faults_of(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Return what is wrong with how a database reads the obstacles of a statement."""
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        return sqlite_faults([(row[1], row[3]) for row in plan])
    answer = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
    plan = json.loads(answer) if isinstance(answer, str) else answer
    return postgresql_faults(plan[0]["Plan"])


def sqlite_faults(steps: list[tuple[int, str]]) -> list[str]:
    """Return the steps that read a table whole, or sort what an index should have held in order."""
    faults = [step for _parent, step in steps if re.match(r"SCAN (obstacles|places|people)\b", step)]
    sought = {
        parent
        for parent, step in steps
        if "obstacles USING" in step and "PRIMARY KEY" not in step and "ix_obstacles_in_charge" not in step
    }
    sorts = [step for parent, step in steps if parent in sought and "TEMP B-TREE" in step]
    return faults + sorts


def postgresql_faults(node: dict[str, Any]) -> list[str]:
    """Return the nodes that read the obstacles whole, or sort more than some pages."""
    below: list[dict[str, Any]] = node.get("Plans", [])
    faults = [fault for each in below for fault in postgresql_faults(each)]
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "obstacles":
        faults.append(f"Seq Scan, {node.get('Filter')}")
    if "Sort" in node["Node Type"] and (given := below[0]["Actual Rows"] * below[0]["Actual Loops"]) > SORTED_AT_MOST:
        faults.append(f"{node['Node Type']} of {given} rows by {node['Sort Key']}")
    return faults


def queues(town: Town) -> Iterator[tuple[str, Queue]]:
    """Yield the queue of a province's desk, of a region's, and of both secretaries."""
    now = datetime.now(UTC)
    for name in READERS:
        yield name, read_queue(load_actor(getattr(town, name).id, local_day(now)), now)


def ask(engine: Engine, queue: Queue, narrowed: Narrowed, order: Order) -> Sent:
    """Return what the first page sends, and what the next case to decide after it."""
    with watching(engine, "obstacles") as sent:
        first = list_queue(queue, narrowed, order)
        list_to_decide(queue, narrowed, order, first.next, 2)
    return sent


def test_every_view_filter_and_order_is_read_from_an_index(town: Town) -> None:
    fill_desks(town, at_region=2000, at_provinces=1200, ended=3500)
    engine, faults = engine_of(town.app), []
    with town.app.app_context(), engine.connect() as connection:
        for name, queue in queues(town):
            for narrowed, order in itertools.product(NARROWED, Order):
                for statement, parameters in ask(engine, queue, narrowed, order):
                    found = faults_of(connection, statement, parameters)
                    faults += [f"{name} {narrowed} {order}: {fault}" for fault in found]
    assert not faults, "\n".join(faults[:40])


def test_the_views_are_counted_in_one_query_and_each_from_an_index(town: Town) -> None:
    fill_desks(town, at_region=2000, at_provinces=1200, ended=3500)
    engine = engine_of(town.app)
    with town.app.app_context(), engine.connect() as connection:
        for name, queue in queues(town):
            with watching(engine, "obstacles") as sent:
                counts = count_views(queue, list(View))
            assert len(sent) == 1
            assert counts[View.ALL] == 100, name
            assert not faults_of(connection, *sent[0]), name


def test_what_has_ended_is_read_from_the_index_of_statuses(town: Town) -> None:
    fill_desks(town, at_region=300, at_provinces=300, ended=4000)
    engine = engine_of(town.app)
    with town.app.app_context(), engine.connect() as connection:
        for (name, queue), status in itertools.product(queues(town), sorted(ENDED)):
            for statement, parameters in ask(engine, queue, Narrowed(status=status), Order.DEADLINE):
                assert not faults_of(connection, statement, parameters), f"{name} {status}"
