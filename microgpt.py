"""
A complete GPT in plain Python: it reads names, learns, and invents new ones.
Dataset, tokenizer, autograd, model, training and inference, with no library.
The algorithm is Andrej Karpathy's microgpt (early revision), written anew:
https://karpathy.github.io/2026/02/12/microgpt/
The rest of a large language model is this, at scale and made efficient.
"""

import os       # os.path.exists: is the data file there?
import math     # math.log, math.exp, math.cos
import random   # random.seed, .shuffle, .gauss and .choices
random.seed(42) # the same random numbers, and so the same model, in every run

# The dataset: a list of documents, here given names, one per line of the file
if not os.path.exists('input.txt'):
    import urllib.request
    names_url = 'https://raw.githubusercontent.com/karpathy/makemore/refs/heads/master/names.txt'
    urllib.request.urlretrieve(names_url, 'input.txt')
docs = [line.strip() for line in open('input.txt', encoding='utf-8') if line.strip()]
random.shuffle(docs)
print(f"num docs: {len(docs)}")

# The tokenizer: each character becomes a whole number, its token id, and back
uchars = sorted(set(''.join(docs))) # the distinct characters; ids 0, 1, 2, ...
BOS = len(uchars)                   # one more id: begins and ends each document
vocab_size = len(uchars) + 1        # the number of different tokens
print(f"vocab size: {vocab_size}")

# Autograd: numbers that remember how they were computed, to find all gradients
class Value:
    """A number in a computation graph, and the gradient of the loss to it."""

    def __init__(self, data, children=(), local_grads=()):
        self.data = data               # the number itself (forward pass)
        self.grad = 0                  # d loss / d self (backward pass)
        self._children = children      # the values this one was computed from
        self._local_grads = local_grads # d self / d child, one for each child

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, c): return Value(self.data**c, (self,), (c * self.data**(c - 1),))
    def log(self): return Value(math.log(self.data), (self,), (1 / self.data,))
    def exp(self): return Value(math.exp(self.data), (self,), (math.exp(self.data),))
    def relu(self): return Value(max(0, self.data), (self,), (float(self.data > 0),))
    def __neg__(self): return self * -1
    def __radd__(self, other): return self + other
    def __sub__(self, other): return self + (-other)
    def __rsub__(self, other): return other + (-self)
    def __rmul__(self, other): return self * other
    def __truediv__(self, other): return self * other**-1
    def __rtruediv__(self, other): return other * self**-1

    def backward(self):
        order = []      # every value after the values it was computed from
        visited = set()
        def visit(v):
            if v not in visited:
                visited.add(v)
                for child in v._children:
                    visit(child)
                order.append(v)
        visit(self)
        self.grad = 1   # d self / d self
        for v in reversed(order): # the chain rule, from the loss to the parameters
            for child, local_grad in zip(v._children, v._local_grads):
                child.grad += local_grad * v.grad

# The parameters: all that the model knows, at first random numbers
n_embd = 16                  # the width: how many numbers describe a token
n_head = 4                   # attention heads per layer
n_layer = 1                  # layers
block_size = 8               # the largest number of positions
head_dim = n_embd // n_head  # the width of one head
matrix = lambda nout, nin, std=0.02: [[Value(random.gauss(0, std)) for _ in range(nin)] for _ in range(nout)]
state_dict = {'wte': matrix(vocab_size, n_embd), 'wpe': matrix(block_size, n_embd), 'lm_head': matrix(vocab_size, n_embd)}
for i in range(n_layer):
    state_dict[f'layer{i}.attn_wq'] = matrix(n_embd, n_embd)
    state_dict[f'layer{i}.attn_wk'] = matrix(n_embd, n_embd)
    state_dict[f'layer{i}.attn_wv'] = matrix(n_embd, n_embd)
    state_dict[f'layer{i}.attn_wo'] = matrix(n_embd, n_embd, std=0)
    state_dict[f'layer{i}.mlp_fc1'] = matrix(4 * n_embd, n_embd)
    state_dict[f'layer{i}.mlp_fc2'] = matrix(n_embd, 4 * n_embd, std=0)
params = [p for mat in state_dict.values() for row in mat for p in row]
print(f"num params: {len(params)}")

# The architecture, after GPT-2, with RMSNorm for LayerNorm, squared ReLU for
# GeLU, and no biases: from one token and what came before to the next token
def linear(x, w):
    return [sum(w_ij * x_j for w_ij, x_j in zip(w_i, x)) for w_i in w]

def softmax(logits):
    max_logit = max(logit.data for logit in logits)
    exps = [(logit - max_logit).exp() for logit in logits]
    total = sum(exps)
    return [e / total for e in exps]

def rmsnorm(x):
    mean_square = sum(x_i * x_i for x_i in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [x_i * scale for x_i in x]

def gpt(token_id, pos_id, keys, values):
    tok_emb = state_dict['wte'][token_id]   # what the token is
    pos_emb = state_dict['wpe'][pos_id]     # where it stands
    x = [t + p for t, p in zip(tok_emb, pos_emb)]
    x = rmsnorm(x)

    for li in range(n_layer):
        # 1) Attention: look at the positions so far, and fetch from them
        x_residual = x
        x = rmsnorm(x)
        q = linear(x, state_dict[f'layer{li}.attn_wq']) # query: what to look for
        k = linear(x, state_dict[f'layer{li}.attn_wk']) # key: what to be found by
        v = linear(x, state_dict[f'layer{li}.attn_wv']) # value: what to hand over
        keys[li].append(k)
        values[li].append(v)
        x_attn = []
        for h in range(n_head):
            hs = h * head_dim # where this head's slice starts
            q_h = q[hs:hs+head_dim]
            k_h = [k_t[hs:hs+head_dim] for k_t in keys[li]]
            v_h = [v_t[hs:hs+head_dim] for v_t in values[li]]
            attn_logits = [sum(q_j * k_j for q_j, k_j in zip(q_h, k_t)) / head_dim**0.5 for k_t in k_h]
            attn_weights = softmax(attn_logits)
            head_out = [sum(a_t * v_t[j] for a_t, v_t in zip(attn_weights, v_h)) for j in range(head_dim)]
            x_attn.extend(head_out)
        x = linear(x_attn, state_dict[f'layer{li}.attn_wo'])
        x = [a + b for a, b in zip(x, x_residual)]
        # 2) MLP: work on what was fetched, each position by itself
        x_residual = x
        x = rmsnorm(x)
        x = linear(x, state_dict[f'layer{li}.mlp_fc1'])
        x = [x_i.relu() ** 2 for x_i in x]
        x = linear(x, state_dict[f'layer{li}.mlp_fc2'])
        x = [a + b for a, b in zip(x, x_residual)]

    logits = linear(x, state_dict['lm_head']) # one score for each token of the vocabulary
    return logits

# Adam, the optimizer: its settings, and two buffers with an entry per parameter
learning_rate, beta1, beta2, eps_adam = 1e-2, 0.9, 0.95, 1e-8
m = [0.0] * len(params) # running mean of the gradient
v = [0.0] * len(params) # running mean of its square

# The training loop
num_steps = 500 # one document a step
for step in range(num_steps):

    # Take a document and write it as tokens, BOS at both ends
    doc = docs[step % len(docs)]
    tokens = [BOS] + [uchars.index(ch) for ch in doc] + [BOS]
    n = min(block_size, len(tokens) - 1)

    # Forward: predict each next token; the loss says how wrong that was
    keys, values = [[] for _ in range(n_layer)], [[] for _ in range(n_layer)]
    losses = []
    for pos_id in range(n):
        token_id, target_id = tokens[pos_id], tokens[pos_id + 1]
        logits = gpt(token_id, pos_id, keys, values)
        probs = softmax(logits)
        loss_t = -probs[target_id].log()
        losses.append(loss_t)
    loss = (1 / n) * sum(losses) # the mean over the positions

    # Backward: the gradient of the loss to every parameter
    loss.backward()

    # Update: one Adam step, with a learning rate that falls along a cosine
    lr_t = learning_rate * 0.5 * (1 + math.cos(math.pi * step / num_steps))
    for i, p in enumerate(params):
        m[i] = beta1 * m[i] + (1 - beta1) * p.grad
        v[i] = beta2 * v[i] + (1 - beta2) * p.grad ** 2
        m_hat = m[i] / (1 - beta1 ** (step + 1))
        v_hat = v[i] / (1 - beta2 ** (step + 1))
        p.data -= lr_t * m_hat / (v_hat ** 0.5 + eps_adam)
        p.grad = 0

    print(f"step {step+1:4d} / {num_steps:4d} | loss {loss.data:.4f}")

# Inference: the model writes names of its own, token by token
temperature = 0.5 # below 1: bolder on the likely tokens; above 1: more surprise
print("\n--- inference ---")
for sample_idx in range(20):
    keys, values = [[] for _ in range(n_layer)], [[] for _ in range(n_layer)]
    token_id = BOS
    sample = []
    for pos_id in range(block_size):
        logits = gpt(token_id, pos_id, keys, values)
        probs = softmax([logit / temperature for logit in logits])
        token_id = random.choices(range(vocab_size), weights=[p.data for p in probs])[0]
        if token_id == BOS:
            break
        sample.append(uchars[token_id])
    print(f"sample {sample_idx+1:2d}: {''.join(sample)}")
