"""What a stack costs a month: prices, usage, the resources of a stack, and the sum."""
