package exchange

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
)

// Event is what a journal entry tells. The list is closed.
type Event string

// The events, in the order of an exchange.
const (
	EventSealed    Event = "sealed"    // the sender sealed it; nothing has left yet
	EventReleased  Event = "released"  // the receiver is about to release it for its purpose
	EventSettled   Event = "settled"   // the receiver accepted it, refused it for good or cancelled it; may stand more than once
	EventRefused   Event = "refused"   // the receiver refused it without settling anything
	EventConflict  Event = "conflict"  // alarm: one identity, two contents, both signed
	EventReceipt   Event = "receipt"   // the sender verified the recipient's receipt
	EventClock     Event = "clock"     // somebody acknowledged the clock
	EventQuestion  Event = "question"  // the sender asked to settle or cancel
	EventGivenUp   Event = "given_up"  // the sender's dispatcher sends it no more; the recipient may have settled it
	EventDirectory Event = "directory" // another directory came into force
)

// An Entry is one line of a journal. It holds codes and public identifiers
// only, and those of the manifest that an attacker could choose freely (dataset,
// purpose, agreement, recipients) only if a definition, the vocabulary or the
// directory knows them; else they are left out.
type Entry struct {
	Time       time.Time        // when it happened, by the clock of whose journal it is
	Event      Event            // what happened
	Party      envelope.Party   // whose journal it is
	Sender     envelope.Party   // of the envelope
	Recipients []envelope.Party // whom it is for, of those whom the directory knows
	ID         string           // the envelope's
	Digest     string           // manifest digest
	Dataset    string
	Purpose    purpose.Code
	Agreement  string  // id
	Supersedes string  // id of the envelope that it corrects or retracts
	Outcome    Outcome // for settled and receipt
	Reason     envelope.Reason
}

// A Journal is the record that the law and the other agency may ask for.
type Journal interface {
	// Append adds the entry. When it has returned nil, the entry MUST survive a
	// crash of the machine. It MUST be safe for concurrent use, MUST NOT drop or
	// change earlier entries, and MUST refuse an entry whose fields do not have
	// their forms, so that no content gets in. After an error the entry may or
	// may not be there.
	Append(ctx context.Context, e Entry) error
}
