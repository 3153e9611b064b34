"""What can be searched for: operations, edges, and how cells follow each other. No torch."""
