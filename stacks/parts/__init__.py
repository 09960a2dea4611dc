"""What the roles of stack share, a file per concern; each declares one thing of a region and offers it to workloads."""
