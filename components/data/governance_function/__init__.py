"""The function that takes a database of the Glue catalog out of AWS's defaults, and proves it."""
