"""The drivers of intervention: one file each states its theory and propositions, and computes nothing."""
