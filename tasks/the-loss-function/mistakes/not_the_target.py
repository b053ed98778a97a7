"""The largest probability is taken. What counts is the one that the target had, `p[target]`."""
def mean_loss(probs, targets):
    losses = [-[p_i for p_i in p if p_i.data == max(q.data for q in p)][0].log() for p in probs]
    return (1 / len(losses)) * sum(losses)
