"""The exponentials are divided by the sum of the logits. Divided by their own sum, they are 1 together."""
def softmax(logits):
    max_logit = max(logit.data for logit in logits)
    exps = [(logit - max_logit).exp() for logit in logits]
    total = sum(logits)
    return [e / total for e in exps]
