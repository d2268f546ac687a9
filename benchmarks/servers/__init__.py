"""The servers that are measured, each as its users would write it."""
