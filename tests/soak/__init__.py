"""Jobs of all kinds under random faults: `make soak`. Nothing may be lost, doubled or different."""
