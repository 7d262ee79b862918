"""Intent: fabric.yaml as a frozen model, its errors with their places, what it means per device.

Doors, in the order of the data flow:

* `load.load_fabric(folder, resolve=None) -> Fabric`, every problem at once (`InvalidFabric`)
* `allocations.load_allocations(folder, fabric)`, `allocations.allocate(fabric, before)`,
  `allocations.save_allocations(folder, allocations)`: where `address: auto` is resolved
* `derive.device_views(fabric, allocations, versions=None) -> dict[str, DeviceView]`
* `edit.add_site(folder, new_site) -> Edit`, `edit.write(edit)`: the text edit of `site add`
"""
