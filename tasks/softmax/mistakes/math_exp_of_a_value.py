"""`math.exp` takes plain numbers. A Value has its own `.exp()`, which remembers where it came from."""
def softmax(logits):
    max_logit = max(logit.data for logit in logits)
    exps = [math.exp(logit - max_logit) for logit in logits]
    total = sum(exps)
    return [e / total for e in exps]
