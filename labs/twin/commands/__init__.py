"""Tables of configuration commands, one module a subject, and the rules of editing with them."""
