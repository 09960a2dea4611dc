"""The function that changes the passwords of databases' master users; see `components.data.database_rotation`."""
