"""What must always hold: one small check each, over frames, books or power, without a clock and without a fleet."""
