"""Brings the stack and the world together after a failover: `up` from an image, in the region that is now the active one."""
