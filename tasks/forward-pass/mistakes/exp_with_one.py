"""The local gradient of the exponential is the exponential itself."""
def __pow__(self, c): return Value(self.data**c, (self,), (c * self.data**(c - 1),))
def log(self): return Value(math.log(self.data), (self,), (1 / self.data,))
def exp(self): return Value(math.exp(self.data), (self,), (1,))
def relu(self): return Value(max(0, self.data), (self,), (float(self.data > 0),))
