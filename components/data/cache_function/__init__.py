"""The function that gives the cache's users their passwords, and changes them; see `components.data.cache_passwords`."""
