"""The outer ring: ports, sockets, threads and signals. The only place that waits, reads or writes."""
