"""What ships in the box: devices, processors, metrics and formats, by the same API as a stranger's plugin."""
