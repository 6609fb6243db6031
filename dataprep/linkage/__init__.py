"""Record linkage within one table: which rows speak of the same thing, without comparing all."""
