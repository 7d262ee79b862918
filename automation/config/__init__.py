"""Configuration text: what is intended, what is there, and the lines between the two.

Doors, in the order of the data flow:

* `render.render(view, generation) -> str`: intended lines, secrets as `<secret:NAME>`
* `secrets.Tokens`: seals running and intended text (`<secret:NAME#digest>`), opens tokens at the
  push
* `diff.plan_device(device, running, intended, generation, tokens, prune=False) -> Change`
* `change.Change`: the plan of one device, to and from plain values
"""
