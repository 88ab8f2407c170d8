"""What principals may do, beside what they did, and policies made from that."""
