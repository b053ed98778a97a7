"""The exponential is taken of `.data`, with `math.exp`: the numbers are right, but no gradient flows through them."""
def softmax(logits):
    max_logit = max(logit.data for logit in logits)
    exps = [math.exp(logit.data - max_logit) for logit in logits]
    total = sum(exps)
    return [e / total for e in exps]
