"""`dataconnect recovery`: failing over to the other region, and back."""
