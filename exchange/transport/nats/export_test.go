package nats

// Subscriptions returns how many a connection has.
func Subscriptions(b *Bus) int { return b.conn.NumSubscriptions() }
