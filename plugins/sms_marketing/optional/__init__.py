"""What reacts to modules that need not be on."""
