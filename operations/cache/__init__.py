"""`dataconnect cache`: the passwords of the cache's users."""
