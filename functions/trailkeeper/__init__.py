"""What the functions share: the incident, what is watched, how it is judged, and the mail."""
