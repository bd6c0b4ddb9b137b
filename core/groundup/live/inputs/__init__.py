"""What is analysed live: streams on the network, or a file that is played."""
