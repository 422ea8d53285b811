package postgres

// Write is what Update does with what a delivery holds.
var Write = update
