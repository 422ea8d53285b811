package bolt

import "go.etcd.io/bbolt"

// Write is Update for what Begin returned.
func Write(tx any, f func(*bbolt.Bucket) error) error { return tx.(*work).add(f) }
