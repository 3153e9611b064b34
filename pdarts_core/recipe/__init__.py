"""How an evaluation trains a network and measures it: schedules, steps, batches, checkpoints."""
