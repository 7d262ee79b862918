"""Configuration text: what is intended, what is there, and the lines between the two.

Doors, in the order of the data flow:

* `render.render(view, generation=None) -> str`: intended lines, secrets as `<secret:NAME>`
* `secrets.Tokens`: seals running and intended text (`<secret:NAME#digest>`), opens tokens at the
  push
* `diff.plan_view(view, running, tokens) -> Change`; `diff.plan_device` for given intended lines
* `change.Change`: the plan of one device, to and from plain values
"""
