"""
The model of microgpt.py as a program for PyTorch is usually written: modules
that own their weights, and a whole batch of documents in one tensor [B, T].
"""

import torch
from torch import nn
import torch.nn.functional as F
from common import main, vocab_size, block_size, n_layer

class RMSNorm(nn.Module):
    def forward(self, x):
        return x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt()

class Attention(nn.Module):
    def __init__(self, n_embd, n_head):
        super().__init__()
        self.n_head = n_head
        self.wq = nn.Linear(n_embd, n_embd, bias=False)
        self.wk = nn.Linear(n_embd, n_embd, bias=False)
        self.wv = nn.Linear(n_embd, n_embd, bias=False)
        self.wo = nn.Linear(n_embd, n_embd, bias=False)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = [w(x).view(B, T, self.n_head, -1).transpose(1, 2) for w in (self.wq, self.wk, self.wv)]
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5          # [B, n_head, T, T]
        future = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        weights = scores.masked_fill(future, -torch.inf).softmax(-1)
        return self.wo((weights @ v).transpose(1, 2).reshape(B, T, C))

class MLP(nn.Module):
    def __init__(self, n_embd):
        super().__init__()
        self.fc1 = nn.Linear(n_embd, 4 * n_embd, bias=False)
        self.fc2 = nn.Linear(4 * n_embd, n_embd, bias=False)

    def forward(self, x):
        return self.fc2(self.fc1(x).relu().square())

class Layer(nn.Module):
    def __init__(self, n_embd, n_head):
        super().__init__()
        self.norm = RMSNorm()
        self.attn = Attention(n_embd, n_head)
        self.mlp = MLP(n_embd)

    def forward(self, x):
        x = x + self.attn(self.norm(x))
        return x + self.mlp(self.norm(x))

class GPT(nn.Module):
    def __init__(self, n_embd, n_head):
        super().__init__()
        self.wte = nn.Embedding(vocab_size, n_embd)
        self.wpe = nn.Embedding(block_size, n_embd)
        self.norm = RMSNorm()
        self.layers = nn.ModuleList(Layer(n_embd, n_head) for _ in range(n_layer))
        self.lm_head = nn.Linear(n_embd, vocab_size, bias=False)

    def forward(self, tokens):                                          # [B, T]
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.norm(self.wte(tokens) + self.wpe(positions))           # [B, T, n_embd]
        for layer in self.layers:
            x = layer(x)
        return self.lm_head(x)                                          # [B, T, vocab_size]

def module_name(name):
    """layer0.attn_wq -> layers.0.attn.wq.weight"""
    return name.replace('layer', 'layers.').replace('attn_', 'attn.').replace('mlp_', 'mlp.') + '.weight'

def new_gpt(state_dict, n_head):
    """A GPT with these weights."""
    gpt = GPT(len(state_dict['wte'][0]), n_head).double()
    gpt.load_state_dict({module_name(name): torch.tensor(rows, dtype=torch.float64)
                         for name, rows in state_dict.items()})
    return gpt

NOTHING = -100  # the target of a place without a prediction: cross_entropy leaves it out

def padded(batch):
    """Documents of any lengths side by side: tokens and targets, both [B, T]."""
    T = max(len(tokens) for tokens in batch) - 1
    inputs = [tokens[:-1] + [0] * (T - len(tokens) + 1) for tokens in batch]
    targets = [tokens[1:] + [NOTHING] * (T - len(tokens) + 1) for tokens in batch]
    return torch.tensor(inputs), torch.tensor(targets)

def document_losses(gpt, batch):
    """The mean loss of each document, [B]."""
    inputs, targets = padded(batch)
    logits = gpt(inputs)
    losses = F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=NOTHING, reduction='none')
    return losses.sum(1) / (targets != NOTHING).sum(1)

class Model:
    def __init__(self, state_dict, n_head, num_steps):
        self.names = list(state_dict)
        self.gpt = new_gpt(state_dict, n_head)
        self.optimizer = torch.optim.Adam(self.gpt.parameters(), lr=1e-2, betas=(0.9, 0.95), eps=1e-8)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, num_steps)

    def step(self, batch):
        loss = document_losses(self.gpt, batch).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        return loss.item()

    @torch.no_grad()
    def logits(self, tokens):
        return self.gpt(torch.tensor([tokens]))[0, -1].tolist()

    def gradients(self):
        return {name: self.gpt.get_parameter(module_name(name)).grad.tolist() for name in self.names}

    def weights(self):
        return {name: self.gpt.get_parameter(module_name(name)).tolist() for name in self.names}

if __name__ == '__main__':
    main(Model)
