// Package schema checks records against dataset definitions.
package schema
