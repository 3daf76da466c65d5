"""Thousands of generated cases in few tests: running a test by itself costs more than most cases do."""

import functools
import inspect
from collections.abc import Callable, Iterable


def for_each_seed(seeds: Iterable[int]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The test goes through all of these, and names each seed at which it failed, with the reason."""

    def marked(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def through_all(**given: object) -> None:
            failed = []
            for seed in seeds:
                try:
                    test(seed=seed, **given)
                except Exception as error:
                    failed.append(f"seed {seed}: {type(error).__name__}: {error}")
            assert not failed, "\n".join(failed)

        whole = inspect.signature(test)
        others = [one for name, one in whole.parameters.items() if name != "seed"]
        through_all.__signature__ = whole.replace(parameters=others)  # type: ignore[attr-defined]
        return through_all

    return marked
