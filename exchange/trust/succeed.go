package trust

import (
	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/form"
)

// Follows reports whether the directory may take the place of the one with that
// version and digest, the highest that a program has seen and keeps. It is what
// stands between the program and an old directory with a stolen key in it.
//
// The error has [envelope.ReasonDirectoryStale] for a lower version, and
// [envelope.ReasonConflict] for another content under the same version or a next
// version that names another predecessor: the anchors signed both. Alarm.
// Versions in between may have been missed; the anchors answer for them.
func (d *Directory) Follows(version int64, digest string) error {
	switch {
	case d == nil || version < 1 || !form.Digest(digest):
		return refuse(envelope.ReasonMisuse, "directory: the version and digest of another are needed")
	case d.version < version:
		return refuse(envelope.ReasonDirectoryStale, "older than one seen before")
	case d.version == version && d.digest != digest:
		return refuse(envelope.ReasonConflict, "two directories of one version")
	case d.version == version+1 && d.previous != digest:
		return refuse(envelope.ReasonConflict, "the directory names another predecessor")
	}
	return nil
}

// Succeeds reports whether the directory may take the place of previous: the
// rules of [Directory.Follows], and every key of previous must still be listed,
// for the same party and use, and be no less compromised than it was; else
// [envelope.ReasonConflict]. A key may not be left out, because the version after
// that could list it again as if nothing had happened to it. What lies in
// versions that were missed, Succeeds does not see.
func (d *Directory) Succeeds(previous *Directory) error {
	if d == nil || previous == nil {
		return refuse(envelope.ReasonMisuse, "directory: two are needed")
	}
	if err := d.Follows(previous.version, previous.digest); err != nil {
		return err
	}
	for kid, before := range previous.byKey {
		now, listed := d.byKey[kid]
		if !listed {
			return refuse(envelope.ReasonConflict, "a key is no longer listed")
		}
		if now.party != before.party || now.key.Public.Use() != before.key.Public.Use() {
			return refuse(envelope.ReasonConflict, "a key went to another party or use")
		}
		since := before.key.CompromisedFrom
		if !since.IsZero() && (now.key.CompromisedFrom.IsZero() || now.key.CompromisedFrom.After(since)) {
			return refuse(envelope.ReasonConflict, "a key is less compromised than it was")
		}
	}
	return nil
}
