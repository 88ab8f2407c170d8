"""What CloudTrail's files hold, and what they say of who did what."""
