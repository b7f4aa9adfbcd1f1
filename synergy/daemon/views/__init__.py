"""What the daemon answers: replies of the control protocol read off schedule and store. Views change nothing."""
