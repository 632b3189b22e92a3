//go:build go1.20 && !x25519big

package main

import "crypto/ecdh"

// x25519 is the public key of a seed and the secret it shares with a peer (RFC 7748); an error for points of small order.
func x25519(seed, peer []byte) (public, secret []byte, err error) {
	private, err := ecdh.X25519().NewPrivateKey(seed)
	if err != nil {
		return nil, nil, err
	}
	other, err := ecdh.X25519().NewPublicKey(peer)
	if err != nil {
		return nil, nil, err
	}
	secret, err = private.ECDH(other)
	return private.PublicKey().Bytes(), secret, err
}
