"""What a router keeps in its file systems and of its configuration: files, startup, archive.

Public: `Storage` (one a router). `Storage.tree` is the running configuration as a tree,
`running_text()` and `startup` are texts, `files` the local file system by bare name.
"""
