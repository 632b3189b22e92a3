package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"
)

const (
	longestAnswer   = 1_000
	longestUsername = 255
)

// ports are what answering needs of the world.
type ports struct {
	now     func() time.Time
	random  func(count int) []byte
	solve   func(ctx context.Context, prefix [32]byte, terms puzzleTerms) []byte
	ask     func(ctx context.Context, question string, echo bool) (string, bool)
	consent func(ctx context.Context, text string, fields []string) (consent, bool)
	device  func() map[string]string
}

// answering is one connection's answers: to whom, and who answers.
type answering struct {
	keys       gateKeys
	bind       []byte
	enrolment  *enrolment
	mostHashes float64
	ports      ports
}

// facts are what a client has to say of itself.
type facts struct {
	interactive bool
	consent     string
	username    string
}

// hello is the body of the first message: what can be proven at once is.
func (a answering) hello(f facts) ([]byte, error) {
	now := a.ports.now().UnixMilli()
	message := hello{
		Type: "hello", V: protocolVersion, Client: "vestibule-connect/" + version, Kinds: stepKinds,
		Interactive: f.interactive, Consent: f.consent, Timestamp: now,
	}
	if a.enrolment != nil {
		message.Mac = &stamp{a.enrolment.id, toBase64URL(stampMac(a.enrolment.key, nil, now, a.bind))}
	}
	if f.username != "" {
		sealed, err := a.seal("username", nil, []byte(truncated(f.username, longestUsername)))
		if err != nil {
			return nil, err
		}
		message.SealedUsername = sealed
	}
	return json.Marshal(message)
}

func (a answering) seal(purpose string, nonce, text []byte) (string, error) {
	sealed, err := seal(a.keys.seal, a.ports.random(32), sealContext{purpose, a.bind, nonce}, text)
	return toBase64URL(sealed), err
}

// respond answers every step of a challenge, in order: what cannot be answered is refused with its reason.
func (a answering) respond(ctx context.Context, challenge gateMessage) ([]byte, error) {
	nonce, ok := fromBase64URL(challenge.Nonce)
	if !ok {
		return nil, errMessage
	}
	message := response{Type: "response", V: protocolVersion, Round: challenge.Round, Nonce: challenge.Nonce, Token: *challenge.Token}
	for _, each := range challenge.Steps {
		answered, err := a.step(ctx, each, nonce, message.Token)
		if err != nil {
			return nil, err
		}
		message.Answers = append(message.Answers, answered)
	}
	return json.Marshal(message)
}

func refused(kind, reason string) (answer, error) {
	return answer{Kind: "refused", Step: kind, Reason: reason}, nil
}

func (a answering) step(ctx context.Context, s step, nonce []byte, token string) (answer, error) {
	switch s.Kind {
	case "mac":
		if a.enrolment == nil || a.enrolment.id != s.Enrolment {
			return refused("mac", "not-enrolled")
		}
		now := a.ports.now().UnixMilli()
		return answer{Kind: "mac", Timestamp: now, Tag: toBase64URL(stampMac(a.enrolment.key, nonce, now, a.bind))}, nil
	case "cookie":
		return answer{Kind: "cookie", Cookie: s.Cookie}, nil
	case "puzzle":
		terms := puzzleTerms{int(s.SubPuzzles), uint32(s.Target)}
		if terms.expectedHashes() > a.mostHashes {
			return refused("puzzle", "too-hard")
		}
		solution := a.ports.solve(ctx, puzzlePrefix(nonce, a.bind, token), terms)
		if solution == nil {
			return refused("puzzle", "too-hard")
		}
		return answer{Kind: "puzzle", Solution: toBase64URL(solution)}, nil
	case "device":
		return a.deviceStep(ctx, s, nonce)
	}
	return a.questionStep(ctx, s, nonce)
}

func (a answering) questionStep(ctx context.Context, s step, nonce []byte) (answer, error) {
	text, ok := a.ports.ask(ctx, s.Text, s.Kind == "question" && *s.Echo)
	if !ok {
		return refused(s.Kind, "nobody-to-ask")
	}
	purpose := "answer"
	if s.Kind == "totp" {
		purpose = "totp"
	}
	sealed, err := a.seal(purpose, nonce, []byte(truncated(text, longestAnswer)))
	return answer{Kind: s.Kind, ID: s.ID, Sealed: sealed}, err
}

func (a answering) deviceStep(ctx context.Context, s step, nonce []byte) (answer, error) {
	given, ok := a.ports.consent(ctx, s.Text, s.Fields)
	if !ok || given.answer != "given" {
		return refused("device", "no-consent")
	}
	salt, ok := fromBase64URL(s.Salt)
	if !ok {
		return answer{}, errMessage
	}
	sealed, err := a.seal("device", nonce, deviceDigest(salt, s.Fields, a.ports.device()))
	agreed := &answerConsent{given.textDigest, given.at.UnixMilli()}
	return answer{Kind: "device", Sealed: sealed, Consent: agreed}, err
}

func consentTextDigest(text string) string {
	digest := sha256.Sum256([]byte(text))
	return toBase64URL(digest[:])
}

func isYes(text string) bool {
	word := strings.ToLower(strings.TrimSpace(text))
	return word == "y" || word == "yes"
}

func truncated(text string, most int) string {
	if len(text) > most {
		return text[:most]
	}
	return text
}
