"""`dataconnect credentials`: the passwords of the databases' master users."""
