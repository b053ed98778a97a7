"""These are the exponentials. Divided by their sum, they are probabilities."""
def softmax(logits):
    max_logit = max(logit.data for logit in logits)
    return [(logit - max_logit).exp() for logit in logits]
