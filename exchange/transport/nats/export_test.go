package nats

import "time"

// Subscriptions returns how many a connection has.
func Subscriptions(b *Bus) int { return b.conn.NumSubscriptions() }

// Silence is how long a broker may say nothing before it is given up.
func Silence(b *Bus) time.Duration {
	return b.conn.Opts.PingInterval * time.Duration(b.conn.Opts.MaxPingsOut+1)
}
