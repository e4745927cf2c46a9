"""What a check may import."""
