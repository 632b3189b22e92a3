package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

const (
	sealBlock         = 64
	longestSealedText = 1_022
)

// labelled is the input of a hash, MAC or signature: a label that no other use has, then each part with its length.
func labelled(label string, parts ...[]byte) []byte {
	out := []byte("vestibule-" + label + "-1")
	for _, part := range parts {
		out = append(out, sshString(part)...)
	}
	return out
}

func uint64Bytes(value int64) []byte {
	out := make([]byte, 8)
	binary.BigEndian.PutUint64(out, uint64(value))
	return out
}

// connectionBind is what ties a challenge to one connection.
func connectionBind(identification, kexInitPayload []byte) []byte {
	hash := sha256.New()
	hash.Write(identification)
	hash.Write(kexInitPayload)
	return hash.Sum(nil)
}

// gateFingerprint is what a person compares.
func gateFingerprint(keys gateKeys) string {
	digest := sha256.Sum256(append(append([]byte{}, keys.sign...), keys.seal...))
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(digest[:])
}

func hmacSHA256(key, input []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(input)
	return mac.Sum(nil)
}

// isSignedBy tells whether the gate with this key said so on this connection.
func isSignedBy(gate, bind, body, signature []byte) bool {
	return len(signature) == ed25519.SignatureSize && ed25519.Verify(gate, labelled("message", bind, body), signature)
}

// stampMac is the MAC of an enrolled client over nonce, time in milliseconds, and connection.
func stampMac(key, nonce []byte, timestamp int64, bind []byte) []byte {
	return hmacSHA256(key, labelled("mac", nonce, uint64Bytes(timestamp), bind))
}

// deviceDigest is a device's fingerprint with the salt of one server; values by field, empty when not to be had.
func deviceDigest(salt []byte, fields []string, values map[string]string) []byte {
	parts := make([][]byte, 0, 2*len(fields))
	for _, field := range fields {
		parts = append(parts, []byte(field), []byte(values[field]))
	}
	return hmacSHA256(salt, labelled("device", parts...))
}

// sealContext is where a sealed value belongs: it opens nowhere else.
type sealContext struct {
	purpose     string
	bind, nonce []byte
}

// seal seals a text to a gate's X25519 key: ephemeral public key, AES-256-GCM of the padded text, tag. The seed is 32
// fresh random bytes.
func seal(gate, seed []byte, context sealContext, text []byte) ([]byte, error) {
	if len(text) > longestSealedText {
		return nil, errors.New("text too long to seal")
	}
	point, secret, err := x25519(seed, gate)
	if err != nil {
		return nil, err
	}
	info := labelled("seal", []byte(context.purpose), context.bind, context.nonce)
	derived := hkdf(secret, append(append([]byte{}, point...), gate...), info, 44)
	block, err := aes.NewCipher(derived[:32])
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	padded := make([]byte, (2+len(text)+sealBlock-1)/sealBlock*sealBlock)
	binary.BigEndian.PutUint16(padded, uint16(len(text)))
	copy(padded[2:], text)
	return gcm.Seal(append([]byte{}, point...), derived[32:44], padded, nil), nil
}

// hkdf is HKDF-SHA256 (RFC 5869); the standard library has it since Go 1.24 only.
func hkdf(secret, salt, info []byte, length int) []byte {
	key := hmacSHA256(salt, secret)
	var out, previous []byte
	for counter := byte(1); len(out) < length; counter++ {
		previous = hmacSHA256(key, append(append(append([]byte{}, previous...), info...), counter))
		out = append(out, previous...)
	}
	return out[:length]
}
