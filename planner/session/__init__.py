"""The open plan without a screen: workspace, history, steps and forms."""
