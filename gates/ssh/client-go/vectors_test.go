package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// vectors reads a file of the test vectors that every implementation of the protocol checks itself against.
func vectors(t testing.TB, name string, into interface{}) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../protocols/challenge/vectors", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	out, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if hex.EncodeToString(got) != want {
		t.Errorf("%s: got %x, want %s", what, got, want)
	}
}

func TestCodecVectors(t *testing.T) {
	var v struct {
		Frames        []struct{ Payload, Packet string }
		BadFrames     []struct{ Why, Bytes string }
		Extensions    []struct{ Body, Signature, Payload string }
		BadExtensions []struct{ Why, Payload string }
		Adverts       []struct {
			Line, Sign, Seal, Fingerprint string
			Versions                      []int
		}
		NotAdverts []string
	}
	vectors(t, "codec", &v)
	for _, frame := range v.Frames {
		same(t, "frame", framePacket(unhex(t, frame.Payload)), frame.Packet)
		packet := unhex(t, frame.Packet)
		if length, err := packetLength(packet); err != nil || length != len(packet) {
			t.Errorf("length of %s: %d, %v", frame.Packet, length, err)
		}
		same(t, "payload", payloadOf(packet), frame.Payload)
	}
	for _, bad := range v.BadFrames {
		if _, err := packetLength(unhex(t, bad.Bytes)); err == nil {
			t.Errorf("taken for a packet: %s", bad.Why)
		}
	}
	for _, each := range v.Extensions {
		if each.Signature == "" {
			same(t, "extension", encodeExtension([]byte(each.Body)), each.Payload)
		}
		parsed, err := parseExtension(unhex(t, each.Payload))
		if err != nil || string(parsed.body) != each.Body || hex.EncodeToString(parsed.signature) != each.Signature {
			t.Errorf("%s: %v %v", each.Body, parsed, err)
		}
	}
	for _, bad := range v.BadExtensions {
		if _, err := parseExtension(unhex(t, bad.Payload)); err == nil {
			t.Errorf("taken for an extension: %s", bad.Why)
		}
	}
	for _, each := range v.Adverts {
		versions, keys, ok := parseAdvert(each.Line)
		if !ok || len(versions) != len(each.Versions) || gateFingerprint(keys) != each.Fingerprint {
			t.Errorf("%s: %v %v", each.Line, versions, ok)
		}
		same(t, "sign", keys.sign, each.Sign)
		same(t, "seal", keys.seal, each.Seal)
	}
	for _, line := range v.NotAdverts {
		if _, _, ok := parseAdvert(line); ok {
			t.Errorf("taken for an advert: %s", line)
		}
	}
}

func TestMessageVectors(t *testing.T) {
	var v struct {
		Client, Gate []string
		BadGate      []struct{ Why, Body string }
	}
	vectors(t, "messages", &v)
	for _, body := range v.Gate {
		if _, err := parseGateMessage([]byte(body)); err != nil {
			t.Errorf("not understood: %s", body)
		}
	}
	for _, bad := range v.BadGate {
		if _, err := parseGateMessage([]byte(bad.Body)); err == nil {
			t.Errorf("understood: %s", bad.Why)
		}
	}
	for _, body := range v.Client {
		if strings.Contains(body, `"later"`) {
			continue
		}
		var message interface{} = &hello{}
		if strings.Contains(body, `"response"`) {
			message = &response{}
		}
		if err := json.Unmarshal([]byte(body), message); err != nil {
			t.Fatal(err)
		}
		if written, err := json.Marshal(message); err != nil || string(written) != body {
			t.Errorf("written as %s (%v), not as %s", written, err, body)
		}
	}
}

func TestPuzzleVectors(t *testing.T) {
	type terms struct {
		SubPuzzles       int
		Target           uint32
		Prefix, Solution string
	}
	var v struct {
		Prefix struct{ Nonce, Bind, Token, Prefix string }
		Solved []terms
	}
	vectors(t, "puzzle", &v)
	prefix := puzzlePrefix(unhex(t, v.Prefix.Nonce), unhex(t, v.Prefix.Bind), v.Prefix.Token)
	same(t, "prefix", prefix[:], v.Prefix.Prefix)
	for _, each := range v.Solved {
		var solved atomic.Int64
		copy(prefix[:], unhex(t, each.Prefix))
		solution := solvePuzzle(context.Background(), prefix, puzzleTerms{each.SubPuzzles, each.Target}, &solved)
		same(t, "solution", solution, each.Solution)
		if solved.Load() != int64(each.SubPuzzles) {
			t.Errorf("counted %d of %d", solved.Load(), each.SubPuzzles)
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	var solved atomic.Int64
	if solvePuzzle(ended, prefix, puzzleTerms{64, 1}, &solved) != nil {
		t.Error("solved after its context ended")
	}
}

func TestVectorsOfSecrets(t *testing.T) {
	var v struct {
		Bind       struct{ Identification, KexInit, Bind string }
		Gate       struct{ SignPublic, SealPublic string }
		Signatures []struct{ Bind, Body, Signature string }
		Sealed     []struct{ Purpose, Bind, Nonce, EphemeralSeed, Text, Sealed string }
		Macs       []struct {
			Key, Nonce, Bind, Mac string
			Timestamp             int64
		}
		Device struct {
			Salt, Digest string
			Fields       []string
			Values       map[string]string
		}
	}
	vectors(t, "secrets", &v)
	same(t, "bind", connectionBind([]byte(v.Bind.Identification), unhex(t, v.Bind.KexInit)), v.Bind.Bind)
	for _, each := range v.Signatures {
		gate, bind, signature := unhex(t, v.Gate.SignPublic), unhex(t, each.Bind), unhex(t, each.Signature)
		if !isSignedBy(gate, bind, []byte(each.Body), signature) {
			t.Error("signature does not hold")
		}
		signature[0] ^= 1
		if isSignedBy(gate, bind, []byte(each.Body), signature) || isSignedBy(gate, bind, []byte(each.Body), nil) {
			t.Error("a wrong signature holds")
		}
	}
	for _, each := range v.Sealed {
		place := sealContext{each.Purpose, unhex(t, each.Bind), unhex(t, each.Nonce)}
		sealed, err := seal(unhex(t, v.Gate.SealPublic), unhex(t, each.EphemeralSeed), place, []byte(each.Text))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "sealed "+each.Purpose, sealed, each.Sealed)
	}
	for _, each := range v.Macs {
		same(t, "mac", stampMac(unhex(t, each.Key), unhex(t, each.Nonce), each.Timestamp, unhex(t, each.Bind)), each.Mac)
	}
	same(t, "device", deviceDigest(unhex(t, v.Device.Salt), v.Device.Fields, v.Device.Values), v.Device.Digest)
	if _, _, err := x25519(bytes.Repeat([]byte{1}, 32), make([]byte, 32)); err == nil {
		t.Error("a point of small order is taken")
	}
}

func FuzzParseExtension(f *testing.F) {
	f.Add(encodeExtension([]byte("{}")))
	f.Add([]byte{msgChallenge, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, payload []byte) {
		parsed, err := parseExtension(payload)
		if err == nil && len(parsed.body) > longestBody {
			t.Error("a body above its bound")
		}
	})
}

func FuzzParseGateMessage(f *testing.F) {
	var v struct{ Gate []string }
	vectors(f, "messages", &v)
	for _, body := range v.Gate {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		message, err := parseGateMessage(body)
		if err == nil && message.Type == "challenge" && (len(message.Steps) > 8 || message.Token == nil) {
			t.Error("a challenge outside its bounds")
		}
	})
}

func FuzzPacketLength(f *testing.F) {
	f.Add([]byte{0, 0, 0, 12, 10})
	f.Fuzz(func(t *testing.T, header []byte) {
		if len(header) < packetHeader {
			return
		}
		length, err := packetLength(header)
		if err == nil && (length > longestPacket || uint32(length) != binary.BigEndian.Uint32(header)+4) {
			t.Errorf("a packet of %d bytes", length)
		}
	})
}

func FuzzParseAdvert(f *testing.F) {
	f.Add("X-VESTIBULE-GATE 1 sign=AA seal=AA")
	f.Fuzz(func(t *testing.T, line string) {
		_, keys, ok := parseAdvert(line)
		if ok && (len(keys.sign) != keyLength || len(keys.seal) != keyLength || len(line) > longestAdvert) {
			t.Error("an advert outside its bounds")
		}
	})
}
