"""Figures that tests measured, printed below the results of the run."""

FIGURES: list[str] = []


def figure(text: str) -> None:
    """Adds a figure to those printed when the tests are over."""
    FIGURES.append(text)
