package main

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

const (
	msgChallenge    = 192
	extensionName   = "challenge@vestibule.example"
	longestBody     = 16_384
	longestName     = 64
	signatureLength = 64
	longestAdvert   = 215
	protocolVersion = 1
	keyLength       = 32
)

var errExtension = errors.New("bad extension packet")

// extension is a message as it stands in the packet: its JSON is not parsed, its signature not verified yet.
type extension struct {
	name, body, signature []byte
}

// encodeExtension is the payload of a client's message, which has no signature.
func encodeExtension(body []byte) []byte {
	out := append([]byte{msgChallenge}, sshString([]byte(extensionName))...)
	return append(append(out, sshString(body)...), sshString(nil)...)
}

// parseExtension takes a payload apart: byte 192, string name, string body, string signature.
func parseExtension(payload []byte) (extension, error) {
	if len(payload) == 0 || payload[0] != msgChallenge {
		return extension{}, errExtension
	}
	name, rest, ok := takeString(payload[1:], 1, longestName)
	if !ok {
		return extension{}, errExtension
	}
	body, rest, ok := takeString(rest, 2, longestBody)
	if !ok {
		return extension{}, errExtension
	}
	signature, rest, ok := takeString(rest, 0, signatureLength)
	if !ok || len(rest) > 0 || (len(signature) != 0 && len(signature) != signatureLength) {
		return extension{}, errExtension
	}
	return extension{name, body, signature}, nil
}

// gateKeys are a gate's public keys, pinned together.
type gateKeys struct {
	sign, seal []byte
}

// parseAdvert reads the line a gate sends first, without its line end; ok is false for any other line.
func parseAdvert(line string) (versions []int, keys gateKeys, ok bool) {
	if len(line) > longestAdvert {
		return nil, gateKeys{}, false
	}
	words := strings.Split(line, " ")
	if len(words) < 4 || words[0] != "X-VESTIBULE-GATE" {
		return nil, gateKeys{}, false
	}
	for _, word := range strings.Split(words[1], ",") {
		version, err := strconv.Atoi(word)
		if err != nil || version < 1 || version > 255 || word[0] < '1' || word[0] > '9' {
			return nil, gateKeys{}, false
		}
		versions = append(versions, version)
	}
	sign, signOk := advertKey(words[2], "sign=")
	seal, sealOk := advertKey(words[3], "seal=")
	if len(versions) > 8 || !signOk || !sealOk {
		return nil, gateKeys{}, false
	}
	return versions, gateKeys{sign, seal}, true
}

func advertKey(word, prefix string) ([]byte, bool) {
	if !strings.HasPrefix(word, prefix) {
		return nil, false
	}
	key, ok := fromBase64URL(word[len(prefix):])
	return key, ok && len(key) == keyLength
}

func toBase64URL(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

// fromBase64URL takes the canonical spelling alone: one value has one spelling. (Go skips line ends; we don't.)
func fromBase64URL(text string) ([]byte, bool) {
	bytes, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	return bytes, true
}
