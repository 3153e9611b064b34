"""Many searches under random faults: `make soak`. Nothing may be lost, doubled or different."""
