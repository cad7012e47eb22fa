"""What a test measured, printed below the results of the run."""

FIGURES: list[str] = []


def figure(text: str) -> None:
    """Have a figure printed when the tests are over."""
    FIGURES.append(text)
