"""What is measured of a router: accuracy with its uncertainty, cost, calls, gains, calibration; numpy only."""
