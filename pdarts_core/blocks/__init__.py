"""The layers that search networks and discrete networks are both built from."""
