"""The device model of 2.x: components, their variables and attributes (part 1 chapter 4, part 2 appendices)."""
