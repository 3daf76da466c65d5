"""How a version of a specification comes to be: with which number, content and hands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.records.portfolio import MLModel
from throughline.records.specs import Spec


@dataclass(frozen=True)
class NewVersion:
    """`writers` are those whose words it carries and nobody has approved yet."""

    content: Mapping[str, Any]
    author_id: int | None
    author_name: str
    writers: Sequence[Mapping[str, Any]] = ()

    def begin(self, model: MLModel, now: datetime) -> Spec:
        """Inside the caller's transaction; `IntegrityError` when another one is in work already."""
        newest = Spec.objects.filter(model=model).order_by("-number").first()
        return Spec.objects.create(
            model=model,
            number=newest.number + 1 if newest else 1,
            content=dict(self.content),
            writers=list(self.writers),
            author_id=self.author_id,
            author_name=self.author_name,
            started_at=now,
            changed_at=now,
        )
