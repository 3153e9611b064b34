"""What the tensors of a discrete network are called and how large they are, told without torch."""
