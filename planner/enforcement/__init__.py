"""A plan as one firewall or one host enforces it: rules, vendors, exposure, test steps."""
