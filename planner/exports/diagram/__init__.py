"""The plan as a picture: text, SVG, Mermaid."""
