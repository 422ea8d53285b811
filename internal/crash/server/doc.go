// Package server starts servers of a test's own, for tests that stop them: nobody
// else's must be stopped. A server listens on loopback, keeps its files in a temporary
// folder, runs as nobody if the test runs as root, and ends with the test. The servers
// that tests only use are those of package internal/shared.
package server
