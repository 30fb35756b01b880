"""What the parts of some addresses may be, in the world in which everybody stands before every address."""

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import update

from escalation.models.webhooks import WebhookEndpoint
from escalation.services.people.administration import Administrator
from escalation.services.transaction import transaction
from escalation.services.webhooks.endpoints import NewEndpoint, add_endpoint
from tests.factories import OTHER_REGION, REGION, Town

Parts = dict[str, dict[str, str]]


def more_parts(app: Flask, town: Town) -> Parts:
    """Return what each typed part of an address may be that names a word, or another system."""
    return {
        "any(replace,drop):act": {act: act for act in ("replace", "drop")},
        "any(resend,revoke,approve):act": {act: act for act in ("resend", "revoke", "approve")},
        "any(test,pause,resume,'catch-up',remove):act": {act: act for act in ("test", "pause", "remove")},
        "string(maxlength=40):key": {"delay": "confirm_days", "nothing": "no_such_delay"},
        "string(maxlength=40):obstacle_type": {"type": "rural_track", "nothing": "no_such_type"},
        "string(maxlength=90):mail": {"mail": "obstacle_filed.desk.ar", "nothing": "no_such_mail"},
        "int(max=2147483647):endpoint_id": _endpoints(app, town),
    }


def _endpoints(app: Flask, town: Town) -> dict[str, str]:
    with app.app_context():
        by = Administrator(town.admin.id, frozenset({REGION}), datetime.now(UTC))
        new = NewEndpoint(name="منصة", url="https://hooks.example.ma/cases", region_code=REGION)
        here, elsewhere = (add_endpoint(new, by)[0] for _ in range(2))
        with transaction() as session:
            theirs = update(WebhookEndpoint).where(WebhookEndpoint.id == elsewhere)
            session.execute(theirs.values(region_code=OTHER_REGION))
    return {"here": str(here), "elsewhere": str(elsewhere)}
