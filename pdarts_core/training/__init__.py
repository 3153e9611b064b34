"""Steps of training, measurements and random numbers, whatever is trained."""
