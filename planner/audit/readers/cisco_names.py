"""Port names that Cisco IOS, NX-OS and ASA print instead of numbers. Source: the vendors' command references.

``kerberos`` is not among them: it is 750 in some versions and 88 in others, so that no line with it is understood.
"""

from collections.abc import Mapping

_BOTH: Mapping[str, int] = {
    "citrix-ica": 1494, "cifs": 3020, "discard": 9, "domain": 53, "echo": 7, "http": 80, "nfs": 2049,
    "pim-auto-rp": 496, "radius": 1645, "radius-acct": 1646, "rpc": 111, "sip": 5060, "sunrpc": 111, "tacacs": 49,
    "tacacs-ds": 65, "talk": 517, "time": 37, "vxlan": 4789, "www": 80, "whois": 43,
}  # fmt: skip

TCP_PORTS: Mapping[str, int] = {
    **_BOTH,
    "aol": 5190, "bgp": 179, "chargen": 19, "cmd": 514, "connectedapps-plain": 15001, "connectedapps-tls": 15002,
    "ctiqbe": 2748, "daytime": 13, "drip": 3949, "exec": 512, "finger": 79, "ftp": 21, "ftp-data": 20, "gopher": 70,
    "h323": 1720, "hostname": 101, "https": 443, "ident": 113, "imap4": 143, "irc": 194, "klogin": 543, "kshell": 544,
    "ldap": 389, "ldaps": 636, "login": 513, "lotusnotes": 1352, "lpd": 515, "msrpc": 135, "netbios-ssn": 139,
    "nntp": 119, "pcanywhere-data": 5631, "pop2": 109, "pop3": 110, "pptp": 1723, "rsh": 514, "rtsp": 554, "smtp": 25,
    "sqlnet": 1521, "ssh": 22, "syslog": 514, "telnet": 23, "uucp": 540,
}  # fmt: skip

UDP_PORTS: Mapping[str, int] = {
    **_BOTH,
    "biff": 512, "bootpc": 68, "bootps": 67, "dnsix": 195, "isakmp": 500, "mobile-ip": 434, "nameserver": 42,
    "netbios-dgm": 138, "netbios-ns": 137, "netbios-ss": 139, "non500-isakmp": 4500, "ntp": 123,
    "pcanywhere-status": 5632, "rip": 520, "ripv6": 521, "rtsp": 5004, "secureid-udp": 5510, "snmp": 161,
    "snmptrap": 162, "syslog": 514, "tftp": 69, "who": 513, "xdmcp": 177,
}  # fmt: skip
