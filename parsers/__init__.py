"""Text of show commands -> typed records; a leaf."""
