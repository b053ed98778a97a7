"""The maximum is not subtracted: the exponential of 1000 is too large for a number, those of -1000 are all 0."""
def softmax(logits):
    exps = [logit.exp() for logit in logits]
    total = sum(exps)
    return [e / total for e in exps]
