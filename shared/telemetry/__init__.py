"""What a process tells about itself: its log, its figures, whether it is alive and ready. No personal data, no decisions."""
