"""The local gradient of the power is c times x to the power c − 1: the c in front is missing."""
def __pow__(self, c): return Value(self.data**c, (self,), (self.data**(c - 1),))
def log(self): return Value(math.log(self.data), (self,), (1 / self.data,))
def exp(self): return Value(math.exp(self.data), (self,), (math.exp(self.data),))
def relu(self): return Value(max(0, self.data), (self,), (float(self.data > 0),))
