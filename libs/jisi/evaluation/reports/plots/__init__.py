"""Plots of a report as SVG, drawn by matplotlib without a display. Importing a module here imports matplotlib."""
