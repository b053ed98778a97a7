# three scores
softmax([Value(2), Value(1), Value(-1)])

# together they are 1
logits = [Value(0.3), Value(-0.7), Value(1.9), Value(0)]
sum(p.data for p in softmax(logits))

# a single score
softmax([Value(-5)])

# equal scores
softmax([Value(0.0) for _ in range(27)])

# scores near a thousand
softmax([Value(1000), Value(999), Value(997)])

# scores near minus a thousand
softmax([Value(-1000), Value(-1001), Value(-1003)])

# a score far above the others
softmax([Value(0), Value(1000), Value(-1000)])

# the gradient flows back to each score
logits = [Value(2), Value(1), Value(-1)]
softmax(logits)[0].log().backward()
[logit.grad for logit in logits]
