"""Plan the firewall ports of Symantec AntiVirus 10.x / Symantec Client Security 3.x."""
