"""What operators run: the command `trailkeeper`."""
