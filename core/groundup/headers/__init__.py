"""Headers of streams: LSL's XML, from strangers, as a `StreamSpec`."""
