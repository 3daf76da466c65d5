"""Which words two texts have in common: a plain measure of likeness that a reader can check."""

import re

SHORTEST = 4
# Words that say nothing about what a text is about.
_EMPTY = """
about above after again also another around because been before being below between both cannot could does done down
during each else even ever every from gets gives goes have having here into just keep kept kind less like made make
makes many might more most much must need needs never none nothing only other others over same shall should since some
such than that their them then there these they thing things this those though through time under until upon very want
were what when where which while will with within without work works would your model models data team user users
"""
EMPTY = frozenset(_EMPTY.split())
_WORD = re.compile(r"[^\W\d_]+")


def words(text: str) -> frozenset[str]:
    """The telling words, in lower case and without a plural s."""
    found = {_stem(word) for word in _WORD.findall(text.casefold()) if len(word) >= SHORTEST}
    return frozenset(found - EMPTY)


def shared_words(one: str, other: str) -> tuple[str, ...]:
    return tuple(sorted(words(one) & words(other)))


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > SHORTEST else word
