"""California's 58 counties in alphabetical order, and the two city programs with a plan of their own."""

COUNTIES = (
    "Alameda", "Alpine", "Amador", "Butte", "Calaveras", "Colusa", "Contra Costa", "Del Norte", "El Dorado", "Fresno",
    "Glenn", "Humboldt", "Imperial", "Inyo", "Kern", "Kings", "Lake", "Lassen", "Los Angeles", "Madera", "Marin",
    "Mariposa", "Mendocino", "Merced", "Modoc", "Mono", "Monterey", "Napa", "Nevada", "Orange", "Placer", "Plumas",
    "Riverside", "Sacramento", "San Benito", "San Bernardino", "San Diego", "San Francisco", "San Joaquin",
    "San Luis Obispo", "San Mateo", "Santa Barbara", "Santa Clara", "Santa Cruz", "Shasta", "Sierra", "Siskiyou",
    "Solano", "Sonoma", "Stanislaus", "Sutter", "Tehama", "Trinity", "Tulare", "Tuolumne", "Ventura", "Yolo", "Yuba",
)  # fmt: skip
CITY_PROGRAMS = ("Berkeley", "Tri-City")


def rows() -> list[dict[str, str]]:
    """Every county and city program as a row. A county's code is its FIPS code: odd numbers, in alphabetical order."""
    counties = [
        {"code": f"06{2 * place + 1:03}", "name": name, "kind": "county"} for place, name in enumerate(COUNTIES)
    ]
    cities = [{"code": name.lower().replace("-", "_"), "name": name, "kind": "city_program"} for name in CITY_PROGRAMS]
    return counties + cities
