"""The looks in which pages are tested."""

import pytest

# Each theme and each width once.
in_each_look = pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
# Each theme with each width: what is there at one width alone has colours in both themes.
in_all_looks = pytest.mark.parametrize(
    ("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)]
)
