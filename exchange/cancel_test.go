package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

func TestP5UnknownCanBeResolved(t *testing.T) {
	ctx := context.Background()
	cancel := func(s *scene, sealed *envelope.Sealed) (*exchange.Receipt, error) {
		return s.Sender(sipol).Cancel(ctx, exchange.SentTo(sealed, ahu.Party))
	}
	t.Run("it never arrived", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		r, err := cancel(s, sealed)
		if err != nil || r.Claims().Outcome != exchange.OutcomeCancelled || r.Claims().Reason != envelope.ReasonCancelled {
			t.Fatalf("%+v, %v", r, err)
		}
		a := s.send(sealed)
		s.refused(a, envelope.ReasonCancelled, true)
		if !bytes.Equal(s.receipt(a, sealed).JWS(), r.JWS()) {
			t.Error("the late envelope got another receipt")
		}
		again, err := cancel(s, sealed)
		if err != nil || !bytes.Equal(again.JWS(), r.JWS()) {
			t.Errorf("asked again: %v", err)
		}
	})
	t.Run("it was settled", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		first := s.send(sealed)
		s.accepted(first)
		r, err := cancel(s, sealed)
		if err != nil || !bytes.Equal(r.JWS(), first.Settlement.Receipt) {
			t.Errorf("%v", err)
		}
	})
	t.Run("it is being handled", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		s.handler = func(context.Context, *exchange.Delivery) error {
			if _, err := cancel(s, sealed); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Errorf("asked meanwhile: %v", err)
			}
			return nil
		}
		s.accepted(s.send(sealed))
	})
	t.Run("asked by somebody else", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		sent := exchange.SentTo(sealed, ahu.Party)
		if _, err := s.Sender(pengawasan).Cancel(ctx, sent); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("another's envelope: %v", err)
		}
		for _, question := range [][]byte{nil, []byte("3174012501990001\n"), sealed.ManifestJWS(), forgedQuestion(t, s, sealed)} {
			a := s.r.SettleOrCancel(ctx, question)
			if a.Err() == nil || a.Settlement != nil || a.Reply().Receipt != nil {
				t.Errorf("got %q", a.Reason)
			}
		}
		s.untouched(sealed)
		s.accepted(s.send(sealed))
	})
}

func TestP5QuestionsAreHeldToTheirPlaceAndTime(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		name     string
		question func(s *scene, e *envelope.Sealed) map[string]any
		reason   envelope.Reason
	}{
		{"to another recipient", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"aud": "bawaslu/pengawasan"} }, envelope.ReasonForwarded},
		{"from the future", func(s *scene, _ *envelope.Sealed) map[string]any {
			return map[string]any{"iat": s.Clock.Now().Add(envelope.DefaultSkew + time.Second).Unix()}
		}, envelope.ReasonNotYetValid},
		{"from a clock that is ahead, as this receiver allows", func(s *scene, _ *envelope.Sealed) map[string]any {
			s.restart(func(c *exchange.ReceiverConfig) { c.Skew = envelope.MaxSkew })
			return map[string]any{"iat": s.Clock.Now().Add(envelope.MaxSkew).Unix()}
		}, envelope.ReasonCancelled},
		{"from a clock that is ahead by more", func(s *scene, _ *envelope.Sealed) map[string]any {
			s.restart(func(c *exchange.ReceiverConfig) { c.Skew = envelope.MaxSkew })
			return map[string]any{"iat": s.Clock.Now().Add(envelope.MaxSkew + time.Second).Unix()}
		}, envelope.ReasonNotYetValid},
		{"about no envelope", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"jti": nik} }, envelope.ReasonMalformed},
		{"about no digest", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"manifest": nik} }, envelope.ReasonMalformed},
		{"of another version", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"v": 2} }, envelope.ReasonMalformed},
		{"with a member more", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"note": nik} }, envelope.ReasonMalformed},
		{"as it should be", func(*scene, *envelope.Sealed) map[string]any { return nil }, envelope.ReasonCancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			sealed := s.sealed()
			q := map[string]any{"v": 1, "jti": sealed.Manifest().ID, "iss": sipol.Party, "aud": ahu.Party, "iat": s.Clock.Now().Unix(), "manifest": sealed.Digest()}
			maps.Copy(q, tt.question(s, sealed))
			text, err := json.Marshal(q)
			if err != nil {
				t.Fatal(err)
			}
			token, err := envelope.SignToken(envelope.TypeQuestion, text, sipol.Signing)
			if err != nil {
				t.Fatal(err)
			}
			a := s.r.SettleOrCancel(ctx, token)
			s.refused(a, tt.reason, tt.reason == envelope.ReasonCancelled)
			s.quiet("the error", a.Err().Error())
			if a.Settlement == nil {
				s.untouched(sealed)
			}
		})
	}
	t.Run("older than an envelope lives", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		text := []byte(`{"v":1,"jti":"` + sealed.Manifest().ID + `","iss":"kpu/sipol","aud":"ahu/badan-hukum","iat":` + strconv.FormatInt(s.Clock.Now().Unix(), 10) + `,"manifest":"` + sealed.Digest() + `"}`)
		token, err := envelope.SignToken(envelope.TypeQuestion, text, sipol.Signing)
		if err != nil {
			t.Fatal(err)
		}
		s.Clock.Move(envelope.MaxLifetime + time.Second)
		if a := s.r.SettleOrCancel(ctx, token); a.Reason != envelope.ReasonExpired || a.Settlement != nil {
			t.Errorf("got %q", a.Reason)
		}
	})
	t.Run("about other content under a settled identity", func(t *testing.T) {
		s := newScene(t)
		first := s.sealed()
		s.accepted(s.send(first))
		sent := exchange.SentTo(first, ahu.Party)
		sent.Digest = envelopetest.Digest("other")
		r, err := s.Sender(sipol).Cancel(ctx, sent)
		if err != nil || r.Claims().Final || r.Claims().Reason != envelope.ReasonConflict {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// forgedQuestion is a question about Sipol's envelope, signed by another agency.
func forgedQuestion(t *testing.T, s *scene, sealed *envelope.Sealed) []byte {
	t.Helper()
	text := []byte(`{"v":1,"jti":"` + sealed.Manifest().ID + `","iss":"kpu/sipol","aud":"ahu/badan-hukum","iat":1707962400,"manifest":"` + sealed.Digest() + `"}`)
	token, err := envelope.SignToken(envelope.TypeQuestion, text, pengawasan.Signing)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// An envelope that was dated ahead lives longer than any that could have been
// received when it was cancelled.
func TestP5WhatWasCancelledStaysCancelled(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.IssuedAt = d.IssuedAt.Add(300 * 24 * time.Hour) })
	first, err := s.Sender(sipol).Cancel(ctx, exchange.SentTo(sealed, ahu.Party))
	if err != nil || first.Claims().Outcome != exchange.OutcomeCancelled {
		t.Fatal(err)
	}
	for range 6 {
		s.Clock.Move(50 * 24 * time.Hour)
		s.accepted(s.send(s.sealed()))
		if _, err := s.r.Purge(ctx); err != nil {
			t.Fatal(err)
		}
	}
	a := s.send(sealed)
	if a.Reason != envelope.ReasonCancelled || !bytes.Equal(s.receipt(a, sealed).JWS(), first.JWS()) {
		t.Errorf("got %q", a.Reason)
	}
	s.called(6)
}
