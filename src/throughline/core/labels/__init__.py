"""Label audits: drawing a sample, how far labellers agree, how often given labels are wrong, what that is worth."""
