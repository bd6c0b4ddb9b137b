"""What the operating system gives: processes, locks, disks; and tables for notebooks."""
