"""What show commands print."""
