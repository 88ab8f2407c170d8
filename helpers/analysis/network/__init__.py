"""Who can reach what in a VPC, and how its parts lie in each other."""
