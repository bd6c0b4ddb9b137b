"""What healthy people show: small tables made from public data by the scripts beside them."""
