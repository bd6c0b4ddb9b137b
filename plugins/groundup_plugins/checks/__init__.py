"""What the pre-flight looks at in EMG, force plates and IMUs."""
