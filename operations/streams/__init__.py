"""What streams could not deliver, and what queues could not have processed: looked at, and put back."""
