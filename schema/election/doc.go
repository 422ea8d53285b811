// Package election holds the dataset definitions of the named systems.
package election
