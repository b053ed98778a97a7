"""At 0, the local gradient of relu is 0 in this program: 1 only where the number is above 0."""
def __pow__(self, c): return Value(self.data**c, (self,), (c * self.data**(c - 1),))
def log(self): return Value(math.log(self.data), (self,), (1 / self.data,))
def exp(self): return Value(math.exp(self.data), (self,), (math.exp(self.data),))
def relu(self): return Value(max(0, self.data), (self,), (float(self.data >= 0),))
