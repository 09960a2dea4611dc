"""What services promise, what is kept of it, and what fails."""
