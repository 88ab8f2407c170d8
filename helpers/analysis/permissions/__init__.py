"""What principals may do, beside what they did, policies made from that, and who may become whom."""
