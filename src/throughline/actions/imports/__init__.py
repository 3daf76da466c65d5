"""Portfolio files come in, are mapped and checked, are imported as one batch, and can be undone."""

from throughline.actions.imports.batches import choose_mapping, discard_import, preview_import, save_mapping
from throughline.actions.imports.running import run_import
from throughline.actions.imports.undoing import undo_import

__all__ = [
    "choose_mapping",
    "discard_import",
    "preview_import",
    "run_import",
    "save_mapping",
    "undo_import",
]
