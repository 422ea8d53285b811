// Package spool is a folder of sealed bodies: what is too large for a row of a
// store and too large for memory.
//
// # The idea
//
// A sender puts the body of an envelope here before the parcels that need it are
// posted, and removes it when all of them are settled. A receiver puts here what
// has arrived of a body, so that an upload that was cut goes on where it stopped,
// after a restart too, and so that the whole can be verified before anybody sees a
// record. Everything in the folder is sealed: whoever copies it has what the
// network has.
//
// A body has a name, an owner against whose share it counts, bytes, and a small
// state that its keeper needs to go on. [File.Keep] makes all of that durable; what
// was written since is forgotten when the body is opened again, so the state
// always belongs to the bytes. A body in which nobody has kept anything for
// [Limits].MaxAge is removed by [Folder.Expire], whoever's it is.
//
// # Files
//
// The folder has mode 0700 and its files 0600. The body NAME is two files:
// NAME.sealed, the bytes, and NAME.json, the note, which is replaced atomically.
// A note without bytes, bytes without a note, and what a process that was killed
// left half written are removed when the folder is opened. A folder belongs to one
// process at a time: keep it beside a store, and open it behind the store's lock.
package spool
