"""One device interaction each; tasks know parsers, never the fabric."""
