"""BIDS data sets of EMG and motion, written."""
