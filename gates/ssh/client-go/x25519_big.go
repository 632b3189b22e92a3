//go:build !go1.20 || x25519big

package main

import (
	"errors"
	"math/big"
)

// Go before 1.20 has no X25519 in its standard library. This is RFC 7748 section 5 as it is written there, not in constant
// time: the seed is of one use, on the user's own machine. Released programs are built with a newer Go.

var (
	prime     = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	a24       = big.NewInt(121_665)
	basePoint = append([]byte{9}, make([]byte, 31)...)
)

// x25519 is the public key of a seed and the secret it shares with a peer; an error for points of small order.
func x25519(seed, peer []byte) (public, secret []byte, err error) {
	if len(seed) != 32 || len(peer) != 32 {
		return nil, nil, errors.New("keys are 32 bytes")
	}
	secret = ladder(seed, peer)
	if new(big.Int).SetBytes(secret).Sign() == 0 {
		return nil, nil, errors.New("point of small order")
	}
	return ladder(seed, basePoint), secret, nil
}

func ladder(seed, point []byte) []byte {
	scalar := append([]byte{}, seed...)
	scalar[0] &= 248
	scalar[31] = scalar[31]&127 | 64
	masked := append([]byte{}, point...)
	masked[31] &= 127
	x1 := littleEndian(masked)
	x2, z2, x3, z3 := big.NewInt(1), big.NewInt(0), new(big.Int).Set(x1), big.NewInt(1)
	swap := byte(0)
	for t := 254; t >= 0; t-- {
		bit := scalar[t/8] >> (t % 8) & 1
		if swap != bit {
			x2, x3, z2, z3 = x3, x2, z3, z2
		}
		swap = bit
		a, b := add(x2, z2), sub(x2, z2)
		aa, bb := mul(a, a), mul(b, b)
		e := sub(aa, bb)
		da, cb := mul(sub(x3, z3), a), mul(add(x3, z3), b)
		sum, difference := add(da, cb), sub(da, cb)
		x3, z3 = mul(sum, sum), mul(x1, mul(difference, difference))
		x2, z2 = mul(aa, bb), mul(e, add(aa, mul(a24, e)))
	}
	if swap == 1 {
		x2, z2 = x3, z3
	}
	inverse := new(big.Int).Exp(z2, new(big.Int).Sub(prime, big.NewInt(2)), prime)
	return bytesLittleEndian(mul(x2, inverse))
}

func add(a, b *big.Int) *big.Int { return mod(new(big.Int).Add(a, b)) }
func sub(a, b *big.Int) *big.Int { return mod(new(big.Int).Sub(a, b)) }
func mul(a, b *big.Int) *big.Int { return mod(new(big.Int).Mul(a, b)) }
func mod(a *big.Int) *big.Int    { return a.Mod(a, prime) }

func littleEndian(bytes []byte) *big.Int {
	return new(big.Int).SetBytes(reversed(bytes))
}

func bytesLittleEndian(value *big.Int) []byte {
	return reversed(value.FillBytes(make([]byte, 32)))
}

func reversed(bytes []byte) []byte {
	out := make([]byte, len(bytes))
	for i, b := range bytes {
		out[len(bytes)-1-i] = b
	}
	return out
}
