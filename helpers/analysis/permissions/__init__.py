"""What principals may do, beside what they did; policies made from that; who may become whom."""
