"""
distributed.py with the module that most programs use for it: it sends each
gradient as soon as the way back has found it.

    torchrun --nproc_per_node 2 beyond/ddp.py --batch 8
"""

import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
import torch_module
from distributed import run, share_of

class Model(torch_module.Model):
    def __init__(self, *args):
        super().__init__(*args)
        self.ddp = DistributedDataParallel(self.gpt)

    def step(self, batch):
        losses = torch_module.document_losses(self.ddp, share_of(batch))
        # It takes the mean over the processes: so each counts its documents world_size times.
        loss = losses.sum() * dist.get_world_size() / len(batch)
        self.optimizer.zero_grad()
        loss.backward()                 # sends, adds up and waits
        self.optimizer.step()
        self.scheduler.step()
        loss = loss.detach()
        dist.all_reduce(loss)           # to print it
        return loss.item() / dist.get_world_size()

if __name__ == '__main__':
    run(Model)
