"""Several devices that compute the parts of each batch, as if one device computed all of it."""
