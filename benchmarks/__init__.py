"""`make bench`: what the product costs, as ratios against bare floors that are measured in the same run."""
