"""Asks one check of the catalogue, as a gate does."""

from throughline.core.checks import CATALOGUE, Found
from throughline.core.dossier import Dossier


def ask(check_id: str, dossier: Dossier, /, **parameters: object) -> Found:
    return CATALOGUE[check_id].answer(dossier, parameters)
