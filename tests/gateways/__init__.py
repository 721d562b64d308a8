"""What speaks to the outside world, without the world."""
