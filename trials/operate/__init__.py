"""What happens to an operator in the first years, tried on this machine."""
