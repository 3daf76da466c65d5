"""One way to print a figure: beside its limit, and as a ratio to it."""


def line(what: str, value: float, limit: float, unit: str = "", *, digits: int = 1) -> str:
    return f"{what}: {value:.{digits}f}{unit} (limit {limit:g}{unit}, ratio {value / limit:.2f})"
