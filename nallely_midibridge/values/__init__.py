"""The innermost ring: values. Nothing here reads a clock, a file or a socket."""
