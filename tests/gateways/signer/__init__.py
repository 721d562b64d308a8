"""What the signer makes, judged by its own rules and by other people's software."""
