"""The digital twin: virtual IOS routers on a virtual clock; config text in, IOS text out."""
