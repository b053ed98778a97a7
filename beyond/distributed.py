"""
The training of torch_module.py in several processes, on one machine or many:
each learns from its share of a step's documents, and all_reduce adds up what
they found. Whatever their number, it is the training of one process.

    torchrun --nproc_per_node 2 beyond/distributed.py --batch 8
"""

import os
import sys
import torch
import torch.distributed as dist
import torch_module
from common import main

def share_of(batch):
    """The documents of this process: every world_size-th, from the rank-th."""
    rank, world_size = dist.get_rank(), dist.get_world_size()
    if world_size > len(batch):
        sys.exit(f'error: {world_size} processes cannot share {len(batch)} documents; add --batch {world_size}, or more')
    return batch[rank::world_size]

class Model(torch_module.Model):
    def step(self, batch):
        loss = torch_module.document_losses(self.gpt, share_of(batch)).sum() / len(batch)
        self.optimizer.zero_grad()
        loss.backward()
        params = list(self.gpt.parameters())
        sent = torch.cat([p.grad.flatten() for p in params] + [loss.detach().view(1)])
        dist.all_reduce(sent)           # the sum over all processes, now in each of them
        *grads, loss = sent.split([p.numel() for p in params] + [1])
        for p, grad in zip(params, grads):
            p.grad.copy_(grad.view_as(p))
        self.optimizer.step()           # the same update in each process
        self.scheduler.step()
        self.bytes_sent = sent.numel() * sent.element_size()
        return loss.item()

def run(Model):
    """Trains as one of the processes that torchrun started; only the first prints."""
    if 'RANK' not in os.environ:
        sys.exit('error: this is one process of several; start it with torchrun, or with RANK, WORLD_SIZE, '
                 'MASTER_ADDR and MASTER_PORT set')
    dist.init_process_group('gloo')     # 'nccl' between graphics processors, with model and tokens moved there
    model = main(Model, dist.get_rank())
    if dist.get_rank() == 0 and hasattr(model, 'bytes_sent'):
        print(f'\nbytes that all_reduce adds up in a step: {model.bytes_sent}')
    dist.destroy_process_group()

if __name__ == '__main__':
    run(Model)
