"""What a filing proposes instead of asking: a sector from the cause, a title from the cause and the project."""

SECTOR_OF_TYPE = {
    "electricity_connection": "electricity",
    "water_connection": "water",
    "water_scarcity": "water",
    "basin_agency_permit": "water",
    "sanitation": "sanitation",
    "solid_waste": "waste",
    "telecom_coverage": "digital",
    "rural_track": "roads",
    "classified_road": "roads",
    "school_transport": "school_transport",
    "school_facility": "education",
    "health_staffing": "health",
    "health_facility": "health",
    "sport_culture_facility": "sport",
    "irrigation": "agriculture",
    "economic_zone": "economic",
    "flood_risk": "flood",
    "planning_document": "urban",
    "urban_agency_opinion": "urban",
    "forest_domain": "environment",
    "environment_study": "environment",
    "technical_staff": "admin",
}
"""The sector that a type nearly always belongs to; for the others the commune says."""

TITLE_CHARS = 200


def propose_sector(obstacle_type: str | None) -> str:
    """Return the sector that goes with a type, or the code for another sector."""
    return SECTOR_OF_TYPE.get(obstacle_type or "", "other")


def propose_title(type_name: str, project_name: str) -> str:
    """Return a title made of what is blocked and by what, short enough to be kept."""
    return f"{project_name}: {type_name}"[:TITLE_CHARS]
