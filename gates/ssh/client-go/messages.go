package main

import (
	"encoding/json"
	"errors"
	"regexp"
	"unicode/utf16"
	"unicode/utf8"
)

// The four messages as JSON. Members that are not known are ignored; texts have bounds and no control characters, for they
// end on a terminal.

type stamp struct {
	Enrolment string `json:"enrolment"`
	Tag       string `json:"tag"`
}

type hello struct {
	Type           string   `json:"type"`
	V              int      `json:"v"`
	Client         string   `json:"client"`
	Kinds          []string `json:"kinds"`
	Interactive    bool     `json:"interactive"`
	Consent        string   `json:"consent"`
	Timestamp      int64    `json:"timestamp"`
	SealedUsername string   `json:"sealedUsername,omitempty"`
	Mac            *stamp   `json:"mac,omitempty"`
}

type answerConsent struct {
	TextDigest string `json:"textDigest"`
	GivenAt    int64  `json:"givenAt"`
}

type answer struct {
	Kind      string         `json:"kind"`
	Timestamp int64          `json:"timestamp,omitempty"`
	Tag       string         `json:"tag,omitempty"`
	Cookie    string         `json:"cookie,omitempty"`
	Solution  string         `json:"solution,omitempty"`
	ID        string         `json:"id,omitempty"`
	Sealed    string         `json:"sealed,omitempty"`
	Consent   *answerConsent `json:"consent,omitempty"`
	Step      string         `json:"step,omitempty"`
	Reason    string         `json:"reason,omitempty"`
}

type response struct {
	Type    string   `json:"type"`
	V       int      `json:"v"`
	Round   int      `json:"round"`
	Nonce   string   `json:"nonce"`
	Token   string   `json:"token"`
	Answers []answer `json:"answers"`
}

type step struct {
	Kind       string   `json:"kind"`
	Enrolment  string   `json:"enrolment"`
	Cookie     string   `json:"cookie"`
	Hash       string   `json:"hash"`
	SubPuzzles int64    `json:"subPuzzles"`
	Target     int64    `json:"target"`
	ID         string   `json:"id"`
	Text       string   `json:"text"`
	Echo       *bool    `json:"echo"`
	Salt       string   `json:"salt"`
	Fields     []string `json:"fields"`
}

// gateMessage is a CHALLENGE or a RESULT.
type gateMessage struct {
	Type      string  `json:"type"`
	V         int     `json:"v"`
	Round     int     `json:"round"`
	Nonce     string  `json:"nonce"`
	IssuedAt  *int64  `json:"issuedAt"`
	ExpiresAt *int64  `json:"expiresAt"`
	Token     *string `json:"token"`
	Steps     []step  `json:"steps"`
	Notice    string  `json:"notice"`
	Outcome   string  `json:"outcome"`
	Code      string  `json:"code"`
	Message   string  `json:"message"`
	Contact   string  `json:"contact"`
}

var errMessage = errors.New("bad message")

var stepKinds = []string{"mac", "cookie", "puzzle", "question", "totp", "device"}
var deviceFields = map[string]bool{"machine-id": true, "hostname": true, "os": true, "architecture": true}

var (
	bytes32    = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	identifier = regexp.MustCompile(`^[A-Za-z0-9_.:@-]{1,64}$`)
	opaque     = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`)
)

// parseGateMessage reads the body of an extension packet whose signature was verified.
func parseGateMessage(body []byte) (gateMessage, error) {
	var message gateMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &message) != nil || message.V != 1 {
		return gateMessage{}, errMessage
	}
	switch message.Type {
	case "challenge":
		if !isChallenge(message) {
			return gateMessage{}, errMessage
		}
	case "result":
		if !isResult(message) {
			return gateMessage{}, errMessage
		}
	default:
		return gateMessage{}, errMessage
	}
	return message, nil
}

func isResult(m gateMessage) bool {
	return (m.Outcome == "proceed" || m.Outcome == "refused") && isText(m.Message, 512, false) &&
		isText(m.Contact, 512, false) && (m.Code == "" || identifier.MatchString(m.Code))
}

func isChallenge(m gateMessage) bool {
	if m.Round < 1 || m.Round > 16 || !bytes32.MatchString(m.Nonce) || !isTime(m.IssuedAt) || !isTime(m.ExpiresAt) {
		return false
	}
	if m.Token == nil || len(*m.Token) > 4_096 || !opaque.MatchString(*m.Token) || !isText(m.Notice, 512, false) {
		return false
	}
	if len(m.Steps) < 1 || len(m.Steps) > 8 {
		return false
	}
	for _, each := range m.Steps {
		if !isStep(each) {
			return false
		}
	}
	return true
}

func isStep(s step) bool {
	switch s.Kind {
	case "mac":
		return identifier.MatchString(s.Enrolment)
	case "cookie":
		return bytes32.MatchString(s.Cookie)
	case "puzzle":
		return s.Hash == "sha256" && s.SubPuzzles >= 1 && s.SubPuzzles <= 256 && s.Target >= 1 && s.Target < 1<<32
	case "question":
		return identifier.MatchString(s.ID) && s.Text != "" && isText(s.Text, 512, false) && s.Echo != nil
	case "totp":
		return s.Text != "" && isText(s.Text, 512, false)
	case "device":
		return bytes32.MatchString(s.Salt) && areFields(s.Fields) && s.Text != "" && isText(s.Text, 2_048, true)
	}
	return false
}

func areFields(fields []string) bool {
	for _, field := range fields {
		if !deviceFields[field] {
			return false
		}
	}
	return len(fields) >= 1 && len(fields) <= len(deviceFields)
}

// isTime: milliseconds since 1970 that JavaScript, too, can count.
func isTime(value *int64) bool { return value != nil && *value >= 0 && *value < 1<<53 }

// isText: no more UTF-16 units than most, no C0, C1 or bidirectional controls; line feeds where a text may have lines.
func isText(text string, most int, lines bool) bool {
	if len(utf16.Encode([]rune(text))) > most {
		return false
	}
	for _, r := range text {
		if r == '\n' && lines {
			continue
		}
		if r < 0x20 || (r >= 0x7f && r <= 0x9f) || r == 0x200e || r == 0x200f || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return false
		}
	}
	return true
}
