"""Ladders of format 1, as the ladder's own files and rows still hold them, made into format 2. Pure.

A stored document of format 1 stays as it is, byte for byte; it is converted each time that it is compiled.
"""

from typing import Any


def is_format_1(data: dict[str, Any]) -> bool:
    """Whether a document says no format and describes the steps of a competency by `anchors`."""
    competencies = data.get("competencies")
    return "format" not in data and isinstance(competencies, list) and any(_has_anchors(item) for item in competencies)


def converted(data: dict[str, Any]) -> dict[str, Any]:
    """The same ladder in format 2. What does not have the shape of format 1 is left for the validation to name."""
    levels, competencies = data.get("levels"), data["competencies"]
    changed: dict[str, Any] = {"format": 2, "competencies": [_described(item) for item in competencies]}
    if isinstance(levels, list):
        # What leads on from a level is computed: the must-haves of the next one that ask a higher step.
        changed["levels"] = [_without(item, "leads_on") for item in levels]
    return {"steps": 5, "title_words": TITLE_WORDS, **data, **changed}


def _has_anchors(item: Any) -> bool:
    return isinstance(item, dict) and "anchors" in item


def _described(item: Any) -> Any:
    return {**_without(item, "anchors"), "full": item["anchors"]} if _has_anchors(item) else item


def _without(item: Any, name: str) -> Any:
    return {key: value for key, value in item.items() if key != name} if isinstance(item, dict) else item


# Format 1 left the words of titles to the code, which knew those of product management alone.
TITLE_WORDS: dict[str, Any] = {
    "craft": ["product"],
    "spellings": {
        "pm": "product manager",
        "pms": "product managers",
        "apm": "junior product manager",
        "rpm": "junior product manager",
        "spm": "senior product manager",
        "gpm": "group product manager",
        **dict.fromkeys(("prod", "products", "prdct"), "product"),
        **dict.fromkeys(("produkt", "produit", "produits", "producto", "productos", "produto", "produtos"), "product"),
        **dict.fromkeys(("prodotto", "prodotti", "produktu"), "product"),
        "po": "product owner",
        "pgm": "program manager",
        "cpo": "chief product officer",
        "cpto": "chief product officer",
        "productmanager": "product manager",
        "productowner": "product owner",
        **dict.fromkeys(("productops", "prodops"), "product operations"),
        **dict.fromkeys(("produktmanager", "produktmanagerin", "produktchef", "produktsjef"), "product manager"),
        **dict.fromkeys(("produktleiter", "produktleiterin", "produktleitung"), "head product"),
        **dict.fromkeys(("produktmanagement", "productmanagement"), "product management"),
        **dict.fromkeys(("produktagare", "produkteier", "produktverantwortlicher"), "product owner"),
        **dict.fromkeys(("产品经理", "プロダクトマネージャー", "프로덕트매니저"), "product manager"),
        "高级产品经理": "senior product manager",
        "产品总监": "director product",
        "产品负责人": "product owner",
    },
    "phrases": {
        **dict.fromkeys(("chef de produit", "cheffe de produit", "chef produit"), "product manager"),
        "chefs de produit": "product managers",
        "responsable produit": "product lead",
    },
    "readings": {"tpm": ["Technical Product Manager", "Technical Program Manager"]},
    "other_jobs": """
        marketing marketer design designer operations ops engineering engineer engineers development
        developer support sales analytics analysis security compliance safety content quality qa test
        testing research researcher education training trainer communications success partnerships legal
        counsel finance hr recruiting recruitment sourcing supply procurement writer scientist science
        strategist strategy planner photographer consultant account office general community customer
        delivery brand software art creative managing release people project program scrum
    """.split(),  # noqa: SIM905 – reads better as one text
}
