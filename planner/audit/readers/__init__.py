"""Readers of rule bases, one module for each kind. Each returns ordered rules and names what it did not understand.

Every reader keeps an ``Account`` of its lines or entries: one that is neither read nor known to decide nothing is
doubted when the account is closed, so that no line can be passed over.

No library reads the structure of a Cisco configuration here. ciscoconfparse2 is GPL-3.0 and builds its tree by
indentation, which posts and tickets lose; so does hier_config (MIT). A device goes by modes: what a line means hangs on
the last heading, indented or not, and a comment ends nothing. That is a table of commands and a page of code.

Where a well-kept parser does it right, that one reads: JSON of nftables is decoded by msgspec, CSV by Python, addresses
by ipaddress. For the other texts there is none that an audit could rest on. iptables-save has no parser but its own
tools, which need a kernel. cisco-acl reads IOS and NX-OS well, but takes port 99999 and reversed ranges, knows no
object groups, and reads masks of an ASA as wildcards; ciscoconfparse2 gives lines and takes ``permit tpc``; Firewall
Builder takes the source's range for the destination's on IOS; Batfish is a server. A reader that lets such a thing pass
would call a rule base exact that is not. So these texts are read here, strictly, and
``tests/audit/test_readers_agree.py`` holds the readers to cisco-acl, and to what netfilter's own tools and the kernel
make of the same rules.
"""
