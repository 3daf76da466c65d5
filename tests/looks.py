"""The looks in which each page is tested."""

import pytest

# Each theme and each width once: colours hang on the theme, room on the width, and nothing on the two together.
in_each_look = pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
