"""Reports, diagrams, tickets and firewall rules written from a plan. No screen."""
